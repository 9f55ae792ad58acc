/*
 * progress.h: the one line of progress on standard error.
 *
 * On a terminal the line is written over and over and wiped at the end; elsewhere a new one comes
 * every few seconds. Nothing is shown of work that ends soon.
 */
#ifndef WARPSCOPE_CLI_PROGRESS_H
#define WARPSCOPE_CLI_PROGRESS_H

#include "engine/job.h"

struct progress {
    bool is_quiet, is_tty;
    double started_s, shown_s; /* shown_s 0 = never */
    size_t n_done, n_all;      /* jobs, or points of a sweep */
};

void progress_start(struct progress *p, bool is_quiet, size_t n_all);
/* Whether it is time for a line; cheap. */
bool progress_is_due(const struct progress *p);
void progress_show(struct progress *p, const struct job_progress *job);
/* A line, when it is time for one, of work that no engine runs; `unit` as in job_progress. */
void progress_work(struct progress *p, const char *what, const char *unit, uint64_t done,
                   uint64_t total);
void progress_end(struct progress *p);

/* " 42 %  1.2/2.9 Ginst  310 Minst/s  ETA 0:05  model kernel 3 on h100-pcie  (3 of 12)" */
void progress_format(char *out, size_t n, const struct job_progress *job, size_t n_done,
                     size_t n_all);

#endif
