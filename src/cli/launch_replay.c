#include "launch_replay.h"

#include <math.h>

#include "base/os.h"

bool launch_replay_is_wanted(const struct cli *c)
{
    static const enum cli_option options[] = {OPT_HOST, OPT_FROM_HOST, OPT_CPU_FACTOR,
                                              OPT_GPU_FACTOR};
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (cli_has(&c->args, options[i]))
            return true;
    }
    return false;
}

enum status launch_replay_find_hosts(struct cli *c, const char **dir, struct err *e)
{
    TRY(cli_need_data(c, e));
    *dir = os_join(&c->arena, c->gpu_dirs[0], "hosts");
    return STATUS_OK;
}

/* Both hosts, or none. */
static enum status load_hosts(struct cli *c, struct host *from, struct host *to, bool *has,
                              struct err *e)
{
    const char *to_name = cli_text(&c->args, OPT_HOST, NULL);
    const char *from_name = cli_text(&c->args, OPT_FROM_HOST, NULL);
    const char *dir;
    *has = to_name != NULL;
    if (to_name == NULL && from_name == NULL)
        return STATUS_OK;
    if (to_name == NULL || from_name == NULL) {
        err_set(e, STATUS_USAGE, "--host and --from-host belong together");
        err_hint(e, "`warpscope host list` lists the hosts that are described");
        return STATUS_USAGE;
    }
    TRY(launch_replay_find_hosts(c, &dir, e));
    TRY(host_load(from, &c->arena, from_name, &dir, 1, e));
    return host_load(to, &c->arena, to_name, &dir, 1, e);
}

static const struct host *unknown_of(const struct host *from, const struct host *to,
                                     enum host_param_id id)
{
    return isnan(host_value(to, id)) ? to : isnan(host_value(from, id)) ? from : NULL;
}

/* What the user says goes before what the descriptions say, or do not. */
static enum status fill_unknown(const struct cli *c, struct host *from, struct host *to,
                                struct err *e)
{
    if (cli_has(&c->args, OPT_CPU_FACTOR)) {
        from->v.cpu_speed = 1;
        to->v.cpu_speed = 1 / cli_factor(&c->args, OPT_CPU_FACTOR, 1);
    }
    const struct host *h = unknown_of(from, to, HOST_cpu_speed);
    if (h != NULL) {
        err_set(e, STATUS_USAGE, "the CPU speed of host '%s' is not known", h->name);
        err_hint(e, "--cpu-factor gives it: time of the host there / time here");
        return STATUS_USAGE;
    }
    h = unknown_of(from, to, HOST_launch_latency_ns);
    if (h != NULL) {
        cli_note(c, "the launch latency of %s is not known: launches take as long as recorded",
                 h->name);
        from->v.launch_latency_ns = to->v.launch_latency_ns = 1;
    }
    return STATUS_OK;
}

enum status launch_replay_options(struct cli *c, struct replay_options *out, const char **what,
                                  struct err *e)
{
    struct host from, to;
    bool has_hosts;
    *out = (struct replay_options){.cpu = cli_factor(&c->args, OPT_CPU_FACTOR, 1),
                                   .gpu = cli_factor(&c->args, OPT_GPU_FACTOR, 1)};
    TRY(load_hosts(c, &from, &to, &has_hosts, e));
    if (has_hosts) {
        TRY(fill_unknown(c, &from, &to, e));
        TRY(replay_change_host(out, &from, &to, e));
    }
    *what = arena_printf(&c->arena, "replayed%s%s, host x %.3g, kernels x %.3g",
                         has_hosts ? " on " : "", has_hosts ? to.name : "", out->cpu, out->gpu);
    return STATUS_OK;
}
