/*
 * launch_explain.h: what a number of the launch-queue analysis means and how it came about, for the
 * `explain` command. The texts are those of launch_fact.def.
 */
#ifndef WARPSCOPE_PRESENT_LAUNCH_EXPLAIN_H
#define WARPSCOPE_PRESENT_LAUNCH_EXPLAIN_H

#include "present/launch_report.h"

/* By its key, with or without the unit at its end ("tklqt_ns", "tklqt"); FACT_N = none. */
enum launch_fact launch_fact_find(str name);
/* The nearest key to a mistyped one, NULL when none is near enough. */
const char *launch_fact_nearest(str typed);

/* `run` NULL: without numbers. */
void launch_explain_text(struct text *out, enum launch_fact f, const struct launch_run *run,
                         const struct report_style *style);
void launch_explain_json(json *to, enum launch_fact f, const struct launch_run *run);

/* Every number by group. */
void launch_explain_list_text(struct text *out, const struct report_style *style);
void launch_explain_list_json(json *list);

#endif
