/*
 * cmd_host.c: `host list`, `host show`: the machines that launch kernels.
 */
#include <math.h>

#include "launch_replay.h"
#include "listing.h"

static enum status load(struct cli *c, struct host *h, const char *name, struct err *e)
{
    const char *dir;
    TRY(launch_replay_find_hosts(c, &dir, e));
    return host_load(h, &c->arena, name, &dir, 1, e);
}

static const char *shown(struct cli *c, const struct host *h, enum host_param_id id)
{
    double v = host_value(h, id);
    const char *unit = host_params[id].unit;
    bool has_unit = strcmp(unit, "ratio") != 0;
    return isnan(v) ? "?"
                    : arena_printf(&c->arena, "%s%.6g%s%s", h->note[id].is_inferred ? "~" : "", v,
                                   has_unit ? " " : "", has_unit ? unit : "");
}

static const struct listing_column list_columns[] = {
    {"name", "", "name", false},
    {"cpu", "", "CPU", false},
    {"gpu", "", "GPU beside it", false},
    {"link", "", "link", false},
    {"launch_latency", "ns", "launch", true},
    {"cpu_speed", "", "CPU speed", true},
    {"link_bandwidth", "GB/s", "link rate", true},
    {"queue_limit", "launch", NULL, true},
};

static void add_host(struct cli *c, struct listing *t, const struct host *h)
{
    listing_text(t, h->name);
    listing_text(t, h->cpu);
    listing_text(t, h->gpu);
    listing_text(t, h->link);
    for (int id = 0; id < HOST_N_PARAMS; id++)
        listing_shown(t, host_value(h, (enum host_param_id)id),
                      shown(c, h, (enum host_param_id)id));
}

static enum status add_hosts(struct cli *c, struct listing *t, struct err *e)
{
    const char *dir;
    char **names;
    size_t n;
    TRY(launch_replay_find_hosts(c, &dir, e));
    TRY(host_list(&c->arena, &dir, 1, &names, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct host h;
        TRY(load(c, &h, names[i], e));
        add_host(c, t, &h);
    }
    return STATUS_OK;
}

enum status run_host_list(struct cli *c, struct err *e)
{
    struct listing t;
    listing_start(&t, &c->arena, list_columns, ARRAY_LEN(list_columns));
    enum status s = add_hosts(c, &t, e);
    if (s == STATUS_OK)
        listing_print(&t, cli_format(c), "hosts", &c->out);
    listing_end(&t);
    return s;
}

static const struct listing_column show_columns[] = {
    {"name", "", "number", false},   {"value", "", NULL, true},        {NULL, "", "value", true},
    {"unit", "", NULL, false},       {"is_inferred", "", NULL, false}, {"about", "", NULL, false},
    {"source", "", "source", false}, {"note", "", NULL, false},
};

static void add_param(struct cli *c, struct listing *t, const struct host *h, enum host_param_id id)
{
    const struct host_note *note = &h->note[id];
    const char *source = note->source[0] != '\0' ? note->source : "not known";
    const char *gap = note->note[0] != '\0' ? ": " : "";
    listing_text(t, host_params[id].key);
    listing_shown(t, host_value(h, id), "");
    listing_text(t, shown(c, h, id));
    listing_text(t, host_params[id].unit);
    listing_bool(t, note->is_inferred);
    listing_text(t, host_params[id].help);
    listing_brief(t, source, arena_printf(&c->arena, "%s%s%s", source, gap, note->note));
    listing_text(t, note->note);
}

enum status run_host_show(struct cli *c, struct err *e)
{
    struct host h;
    struct listing t;
    TRY(load(c, &h, c->args.operands[0], e));
    if (cli_format(c) == FORMAT_TEXT)
        text_printf(&c->out, "%s\n%s, %s, %s\n%s\n\n", h.title, h.cpu, h.link, h.gpu, h.remark);
    listing_start(&t, &c->arena, show_columns, ARRAY_LEN(show_columns));
    for (int id = 0; id < HOST_N_PARAMS; id++)
        add_param(c, &t, &h, (enum host_param_id)id);
    listing_print(&t, cli_format(c), "numbers", &c->out);
    listing_end(&t);
    return STATUS_OK;
}
