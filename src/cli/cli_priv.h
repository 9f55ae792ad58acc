/*
 * cli_priv.h: what the commands share.
 *
 * A command reads c->args, adds its result to c->out and returns; cli_main writes the result and
 * turns the status into the exit code.
 */
#ifndef WARPSCOPE_CLI_CLI_PRIV_H
#define WARPSCOPE_CLI_CLI_PRIV_H

#include "cli/args.h"
#include "cli/cli.h"
#include "engine/job.h"
#include "present/report.h"

struct cli {
    const struct cli_hooks *hooks;
    struct arena arena; /* lives as long as the program */
    struct cli_args args;
    struct text out; /* the result */
    const char *data_dir;
    const char *gpu_dirs[1];
    size_t n_gpu_dirs;
};

/* Commands, in the order of their table. */
enum status run_explore(struct cli *c, struct err *e) MUST_USE;
enum status run_explain(struct cli *c, struct err *e) MUST_USE;
enum status run_timeline(struct cli *c, struct err *e) MUST_USE;
enum status run_launches(struct cli *c, struct err *e) MUST_USE;
enum status run_show(struct cli *c, struct err *e) MUST_USE;
enum status run_sweep(struct cli *c, struct err *e) MUST_USE;
enum status run_trace_convert(struct cli *c, struct err *e) MUST_USE;
enum status run_trace_build(struct cli *c, struct err *e) MUST_USE;
enum status run_analyze(struct cli *c, struct err *e) MUST_USE;
enum status run_compare(struct cli *c, struct err *e) MUST_USE;
enum status run_trace_info(struct cli *c, struct err *e) MUST_USE;
enum status run_trace_check(struct cli *c, struct err *e) MUST_USE;
enum status run_gpu_list(struct cli *c, struct err *e) MUST_USE;
enum status run_gpu_show(struct cli *c, struct err *e) MUST_USE;
enum status run_gpu_check(struct cli *c, struct err *e) MUST_USE;
enum status run_gpu_diff(struct cli *c, struct err *e) MUST_USE;
enum status run_host_list(struct cli *c, struct err *e) MUST_USE;
enum status run_host_show(struct cli *c, struct err *e) MUST_USE;
enum status run_model_list(struct cli *c, struct err *e) MUST_USE;
enum status run_model_show(struct cli *c, struct err *e) MUST_USE;
enum status run_model_diff(struct cli *c, struct err *e) MUST_USE;
enum status run_counters_show(struct cli *c, struct err *e) MUST_USE;
enum status run_counters_import(struct cli *c, struct err *e) MUST_USE;
enum status run_completion(struct cli *c, struct err *e) MUST_USE;
enum status run_help(struct cli *c, struct err *e) MUST_USE;
enum status run_man(struct cli *c, struct err *e) MUST_USE;

/* A line on standard error, "warpscope: ...", unless --quiet. */
void cli_note(const struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

void cli_print_error(const struct err *e);

/* Fails where one of the options was given, "--step has no meaning for a trace", rather than pass
 * over it in silence. */
enum status cli_refuse(const struct cli *c, const enum cli_option *options, size_t n,
                       const char *where, struct err *e) MUST_USE;

enum cli_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };
enum cli_format cli_format(const struct cli *c);

/* The fixes that --fix and --no-fix name, and --ignore-unknown. */
enum status cli_model_options(struct cli *c, struct model_options *out, struct err *e) MUST_USE;
struct trace_options cli_trace_options(const struct cli *c);
/* Processors unless -j was given. */
unsigned cli_threads(const struct cli *c);

/* By --color, the terminal, the environment and the locale. */
struct report_style cli_style(const struct cli *c);

/* Folders of GPU descriptions; fails when the program's data are not to be found. */
enum status cli_need_data(struct cli *c, struct err *e) MUST_USE;

/* Help and generated documents (help.c, man.c, completion.c). */
void cli_print_short_help(struct text *out, const struct cli_command *command);
void cli_print_help(struct text *out, const struct cli_command *command);
/* The commands that begin with the word `group`, such as "trace". */
void cli_print_group_help(struct text *out, const char *group);
void cli_print_man(struct text *out);
void cli_print_completion(struct text *out);
/* A paragraph that starts at `column`, where the line already is, broken to 80 columns. */
void cli_print_wrapped(struct text *out, str paragraph, size_t column);

#endif
