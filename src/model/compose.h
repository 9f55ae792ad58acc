/*
 * compose.h: the variants of the COMPOSE stage but the default one. Private to model. Each finds
 * the waves known and charges every cycle of running; launch is added afterwards.
 */
#ifndef WARPSCOPE_MODEL_COMPOSE_H
#define WARPSCOPE_MODEL_COMPOSE_H

#include "model/pipeline.h"

enum status compose_gcom(struct pipeline *p, struct err *e) MUST_USE;
enum status compose_mdm(struct pipeline *p, struct err *e) MUST_USE;
enum status compose_roofline(struct pipeline *p, struct err *e) MUST_USE;

#endif
