/*
 * launch_report.h: the launch-queue analysis of profiles as text for people, JSON and CSV.
 *
 * The numbers, their names and their order are those of launch_fact.def.
 */
#ifndef WARPSCOPE_PRESENT_LAUNCH_REPORT_H
#define WARPSCOPE_PRESENT_LAUNCH_REPORT_H

#include "present/launch_fact.h"
#include "present/report.h"

/* A run and what to call it. */
struct launch_run {
    const char *name;
    const struct launches *l;
};

/* One run on a page: verdict with evidence, waits, idle gaps by reason, what fusing would give. */
void launch_report_text(struct text *out, const struct launch_run *run,
                        const struct report_style *style);
/* Several runs in columns, each with a letter; of two with the ratio. More than
 * LAUNCH_MOST_COMPARED are left out. */
enum { LAUNCH_MOST_COMPARED = 26 };
void launch_report_compare_text(struct text *out, const struct launch_run *runs, size_t n,
                                const struct report_style *style);

/* A run for the list "profiles": all facts as integer nanoseconds where their unit is time. */
void launch_report_json(json *to, const struct launch_run *run);
void launch_report_csv_head(struct text *out);
void launch_report_csv_row(struct text *out, const struct launch_run *run);

/* What to call a run by: the names of its files, or "4 ranks of FILE"; in `a`. */
const char *launch_run_name(struct arena *a, const struct profile *p);

#endif
