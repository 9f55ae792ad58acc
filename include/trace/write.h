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
/* All of it; STATUS_WRITE on a full disk. */
enum status trace_write_text(const struct trace_kernel *k, FILE *f, const struct tick *tick,
                             struct err *e) MUST_USE;

/*
 * The native container (.wst): many kernels in one file, packed with zstd, each read on demand.
 * The file appears whole or not at all: it is written under another name and renamed at the end.
 */
struct wst_writer;
enum status wst_begin(struct wst_writer **w, const char *path, struct err *e) MUST_USE;
enum status wst_add(struct wst_writer *w, const struct trace_kernel *k, struct err *e) MUST_USE;
/* Both free the writer; wst_end leaves nothing behind when it fails. */
enum status wst_end(struct wst_writer *w, struct err *e) MUST_USE;
void wst_abandon(struct wst_writer *w);

/* All kernels of an open trace, loaded one by one. Progress is in thousandths of a kernel. */
enum status wst_write(const struct trace *t, const char *path, const struct tick *tick,
                      struct err *e) MUST_USE;

#endif
