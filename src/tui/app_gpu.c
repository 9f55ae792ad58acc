/*
 * app_gpu.c: descriptions: choosing, comparing, changing, taking back.
 */
#include <math.h>

#include "app.h"

enum status app_find_gpus(struct app *app, struct err *e)
{
    return gpu_list(&app->arena, &app->gpu_dir, 1, &app->gpu_names, &app->n_gpu_names, e);
}

static enum status load(struct app *app, struct gpu *g, const char *name, struct err *e)
{
    return gpu_load(g, &app->arena, name, &app->gpu_dir, 1, e);
}

enum status app_choose_gpu(struct app *app, const char *name, struct err *e)
{
    struct gpu g;

    TRY(load(app, &g, name, e));
    app->gpu = app->gpu_loaded = g;
    app->has_gpu = true;
    app->is_gpu_chosen = true;
    app->n_changes = app->n_undone = 0;
    app_renew(app, TARGET_MAIN);
    app_renew(app, TARGET_BASE);
    return STATUS_OK;
}

enum status app_choose_other(struct app *app, const char *name, struct err *e)
{
    struct gpu g;

    TRY(load(app, &g, name, e));
    app->other = g;
    app->has_other = true;
    app_renew(app, TARGET_OTHER);
    return STATUS_OK;
}

enum status app_choose_model(struct app *app, const char *name, struct err *e)
{
    const struct model *m = model_find(str_from(name), e);

    if (m == NULL)
        return e->status != STATUS_OK ? e->status : STATUS_USAGE;
    app->model = m;
    for (unsigned t = 0; t < TARGET_N; t++)
        app_renew(app, (enum target)t);
    return STATUS_OK;
}

/* The description without changes has its results in TARGET_MAIN: they become TARGET_BASE's. */
static void keep_base(struct app *app)
{
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        struct outcome *main = &app->slots[i].on[TARGET_MAIN];
        struct outcome *base = &app->slots[i].on[TARGET_BASE];
        if (main->made != app->epoch[TARGET_MAIN] || base->made == app->epoch[TARGET_BASE])
            continue;
        if (base->result != NULL)
            result_release(base->result);
        base->result = result_retain(main->result);
        base->made = base->tried = app->epoch[TARGET_BASE];
    }
}

static enum status put(struct app *app, enum gpu_param_id id, double value, struct err *e)
{
    struct gpu g = app->gpu;
    double file_value = gpu_value(&app->gpu_loaded, id);

    if (!isnan(value))
        TRY(gpu_set(&g, id, value, e));
    if (value == file_value || isnan(value)) {
        ((double *)&g.v)[id] = file_value;
        g.note[id] = app->gpu_loaded.note[id];
        TRY(gpu_check(&g, e));
    }
    app->gpu = g;
    app_renew(app, TARGET_MAIN);
    return STATUS_OK;
}

enum status app_set_param(struct app *app, enum gpu_param_id id, double value, struct err *e)
{
    double from = gpu_value(&app->gpu, id);

    if (value == from)
        return STATUS_OK;
    if (app->n_changes == MAX_CHANGES)
        return err_set(e, STATUS_LIMIT, "%d changes are the most that can be taken back",
                       MAX_CHANGES);
    if (!app_has_changes(app))
        keep_base(app);
    TRY(put(app, id, value, e));
    app->changes[app->n_changes++] = (struct change){id, from, value};
    app->n_undone = 0;
    return STATUS_OK;
}

static void step(struct app *app, const struct change *c, double to, const char *word)
{
    struct err e = {0};

    if (put(app, c->id, to, &e) != STATUS_OK)
        app_complain_err(app, &e);
    else
        app_say(app, "%s: %s = %.6g %s", word, gpu_params[c->id].name, to, gpu_params[c->id].unit);
}

void app_undo(struct app *app)
{
    if (app->n_changes == 0) {
        app_say(app, "nothing is changed");
        return;
    }
    const struct change *c = &app->changes[--app->n_changes];
    app->n_undone++;
    step(app, c, c->from, "taken back");
}

void app_redo(struct app *app)
{
    if (app->n_undone == 0) {
        app_say(app, "nothing was taken back");
        return;
    }
    const struct change *c = &app->changes[app->n_changes++];
    app->n_undone--;
    step(app, c, c->to, "made again");
}

void app_reset(struct app *app)
{
    app->n_undone += app->n_changes;
    app->n_changes = 0;
    app->gpu = app->gpu_loaded;
    app_renew(app, TARGET_MAIN);
    app_say(app, "all changes are taken back");
}

void app_swap(struct app *app)
{
    if (!app->has_other || app_has_changes(app)) {
        app_say(app,
                app->has_other ? "take the changes back first (U)" : "nothing to compare with");
        return;
    }
    struct gpu g = app->gpu;
    app->gpu = app->gpu_loaded = app->other;
    app->other = g;
    app->is_gpu_chosen = true;
    app->n_undone = 0;
    for (unsigned t = 0; t < TARGET_N; t++)
        app_renew(app, (enum target)t);
}
