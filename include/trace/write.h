/*
 * write.h: kernels as files: Accel-Sim text (v5, grouped) and warpscope's own container.
 */
#ifndef WARPSCOPE_TRACE_WRITE_H
#define WARPSCOPE_TRACE_WRITE_H

#include "base/text.h"
#include "trace/trace.h"

/*
 * Text as a version 5 tracer writes it, with two header keys for kernels that were built and not
 * recorded. What the text cannot say is lost: more than one address missing at the end of a list.
 */
void trace_text_header(const struct trace_kernel *k, struct text *out);
/* One CTA, from #BEGIN_TB to #END_TB. */
void trace_text_cta(const struct trace_kernel *k, uint32_t cta, struct text *out);
/* All of it; STATUS_IO on a full disk. */
enum status trace_write_text(const struct trace_kernel *k, FILE *f, const struct tick *tick,
                             struct err *e) MUST_USE;

#endif
