/*
 * script_reference.c: the reference in lua/README.md, made of the tables that define the binding.
 */
#include <ctype.h>

#include "present/launch_fact.h"
#include "script_priv.h"

static void add_functions(struct text *out, const struct script_function *f)
{
    for (; f->name != NULL; f++)
        text_printf(out, "- `%s`: %s.\n", f->usage, f->help);
}

static void add_proxy(struct text *out, const struct proxy_type *t)
{
    text_printf(out, "\n### %s\n\n%c%s.\n\n", t->name, toupper((unsigned char)t->help[0]),
                t->help + 1);
    for (const struct proxy_field *f = t->fields; f != NULL && f->name != NULL; f++)
        text_printf(out, "- `%s`: %s\n", f->name, f->help);
    for (const struct script_function *f = t->methods; f != NULL && f->name != NULL; f++)
        text_printf(out, "- `%s`: %s\n", f->usage, f->help);
}

static void add_section(struct text *out, const char *title, const struct script_function *f,
                        const struct proxy_type *const *proxies)
{
    text_printf(out, "\n## %s\n\n", title);
    add_functions(out, f);
    for (; proxies != NULL && *proxies != NULL; proxies++)
        add_proxy(out, *proxies);
}

static void add_stalls(struct text *out)
{
    text_puts(out, "\nStalls: ");
    for (size_t i = 0; i < STALL_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", stall_info[i].name);
    text_puts(out, ".\n\nGroups: ");
    for (size_t i = 0; i < STALL_GROUP_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", stall_group_name((enum stall_group)i));
    text_puts(out, ".\n\nSwitches for `fix` and `no_fix`: ");
    const char *comma = "";
    for (int i = 0; i < STAGE_N; i++) {
        if (!fix_exists((enum stage)i))
            continue;
        text_printf(out, "%s`%s`", comma, stage_info[i].name);
        comma = ", ";
    }
    text_puts(out, ".\n");
}

static void add_facts(struct text *out)
{
    text_puts(out, "\nNumbers of a profile, as `warpscope launches --format json` has them: ");
    for (size_t i = 0; i < FACT_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", launch_fact_info[i].key);
    text_puts(out, ".\n");
}

void script_reference(struct text *out)
{
    add_section(out, "Replaced functions of Lua", script_sandbox_functions, NULL);
    add_section(out, "Parameters and tables", script_param_functions, NULL);
    add_functions(out, script_table_functions);
    text_puts(out, "- `warpscope.traces`: the names given on the command line; without any, those "
                   "of the shipped traces.\n"
                   "- `warpscope.profiles`: those of them that are profiles; without any given, "
                   "the names of the shipped profiles.\n"
                   "- `warpscope.hosts`: the names of the hosts that are described.\n"
                   "- `warpscope.version`: of the program.\n");
    add_section(out, "Sweeps and kernels", script_sweep_functions, NULL);
    add_functions(out, script_kernel_functions);
    add_section(out, "Traces", script_trace_functions, script_trace_proxies);
    add_section(out, "GPU descriptions", script_gpu_functions, script_gpu_proxies);
    add_section(out, "Models and results", script_model_functions, script_model_proxies);
    add_stalls(out);
    add_section(out, "Profiles", script_profile_functions, script_profile_proxies);
    add_facts(out);
    add_section(out, "Hosts", script_replay_functions, script_replay_proxies);
    add_section(out, "Batch sweeps", script_batch_functions, script_batch_proxies);
}
