/*
 * launch_batch.h: `launches --show batch`: one workload at several batch sizes.
 */
#ifndef WARPSCOPE_CLI_LAUNCH_BATCH_H
#define WARPSCOPE_CLI_LAUNCH_BATCH_H

#include "cli_priv.h"
#include "present/launch_report.h"

/* Batch sizes are those of --batch, else what the names of the files say. */
enum status launch_batch_print(struct cli *c, const struct launch_run *runs, size_t n,
                               struct err *e) MUST_USE;

#endif
