/*
 * sm_model.h: the run function of the detailed model. Private to model.
 */
#ifndef WARPSCOPE_MODEL_SM_MODEL_H
#define WARPSCOPE_MODEL_SM_MODEL_H

#include "model/model.h"

enum status sm_model_run(const struct model_case *c, struct result *r, struct err *e) MUST_USE;

#endif
