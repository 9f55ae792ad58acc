/*
 * gpu_read.h: one JSON document into a struct gpu that may already hold the values of its base.
 */
#ifndef WARPSCOPE_GPU_READ_H
#define WARPSCOPE_GPU_READ_H

#include "base/json.h"
#include "gpu/gpu.h"

#define GPU_FROM_L1_KEY       "dram_latency_from_l1"
#define GPU_CARVEOUTS_SECTION "memory"
#define GPU_CARVEOUTS_KEY     "shared_carveouts"

/* Sources named by the files of a chain of bases, the newest first. */
struct gpu_source {
    const char *tag, *text;
    const struct gpu_source *next;
};

struct gpu_reader {
    struct gpu *g;
    struct arena *a;
    str text;
    const char *path;
    const struct gpu_source *sources;
    struct err *e;
};

/* Where a member stands: its keys from the root on. */
struct gpu_place {
    const char *key[4];
    size_t n;
};

/* "name" and "base" alone: what must be known before the base is loaded. */
enum status gpu_read_identity(struct gpu_reader *r, const json *root) MUST_USE;

/* All the rest. */
enum status gpu_read_values(struct gpu_reader *r, const json *root) MUST_USE;

/* Adds file, line and column of a member to the error that r->e holds; gives STATUS_INPUT. */
enum status gpu_fail_at(const struct gpu_reader *r, struct gpu_place at);

#endif
