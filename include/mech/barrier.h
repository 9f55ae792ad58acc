/*
 * barrier.h: warps that run from CTA barrier to CTA barrier and wait for one another.
 *
 * When the last of those that meet has come, all go on in the next cycle. BAR.SYNC id waits for all
 * warps of the CTA that still come to that barrier; BAR.SYNC id, threads for threads / 32 of them,
 * of which BAR.ARV are some that do not wait. The trace has one immediate, so barriers of equal
 * thread counts are taken for the same one. If nobody could go on, the barrier at which most have
 * come lets go.
 *
 * How a warp gets from one barrier to the next is the caller's: what it waited is told to it before
 * it goes on, so that what was under way meanwhile has come nearer.
 *
 * Source: PTX ISA, bar and barrier.
 */
#ifndef WARPSCOPE_MECH_BARRIER_H
#define WARPSCOPE_MECH_BARRIER_H

#include "base/arena.h"
#include "base/defs.h"

struct barrier {
    uint32_t step;     /* of the warp's path */
    int64_t key;       /* immediate: number of the barrier, or the threads that meet there */
    bool arrives_only; /* BAR.ARV */
};

/* The barriers of one warp, in order. */
struct barrier_list {
    const struct barrier *at;
    uint32_t n;
};

struct barrier_walk {
    void *arg;
    /* Runs `warp` on until it has issued barrier `next` of its list; returns when. */
    double (*advance)(void *arg, uint32_t warp, uint32_t next);
    /* `warp` goes on behind barrier `at`, where it has waited until `now_cy`. */
    void (*let_go)(void *arg, uint32_t warp, uint32_t at, double now_cy);
};

/* Walks the n warps of a CTA through all of their barriers. Scratch in `a`, given back. */
void barrier_walk(struct arena *a, const struct barrier_list *lists, uint32_t n,
                  const struct barrier_walk *walk);

#endif
