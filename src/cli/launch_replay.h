/*
 * launch_replay.h: what the options say of another host and GPU to replay launches on.
 */
#ifndef WARPSCOPE_CLI_LAUNCH_REPLAY_H
#define WARPSCOPE_CLI_LAUNCH_REPLAY_H

#include "cli_priv.h"
#include "prof/launches.h"

/* Whether any option asks for a replay. */
bool launch_replay_is_wanted(const struct cli *c);

/*
 * Reads --host, --from-host, --cpu-factor and --gpu-factor. A factor that is given stands for what
 * the descriptions of the hosts do not know; a launch latency that they do not know stays as it was
 * recorded, which is said. `what` names the change, in c->arena.
 */
enum status launch_replay_options(struct cli *c, struct replay_options *out, const char **what,
                                  struct err *e) MUST_USE;

/* Folders of host descriptions; fails where the program's data are not to be found. */
enum status launch_replay_find_hosts(struct cli *c, const char **dir, struct err *e) MUST_USE;

#endif
