# warpscope: make run, make test; make help lists the rest.

PREFIX ?= /usr/local
B      ?= build

# The version is that of the last commit; an unpacked archive has none.
VERSION := $(or $(shell git describe --always --dirty 2>/dev/null),unreleased)

# Looked up at the first use only, so that `make setup` can install pkg-config before.
LUA_CFLAGS = $(eval LUA_CFLAGS := $(shell pkg-config --cflags lua5.4))$(LUA_CFLAGS)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wundef -Wvla -Werror
# clang sees a float in every NAN and INFINITY.
WARNINGS += $(if $(findstring clang,$(CC)),,-Wdouble-promotion)
OPT      ?= -O2
SANITIZE ?=
CPPFLAGS  = -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -Iinclude -I$(B) $(LUA_CFLAGS)
CFLAGS    = -std=c11 $(OPT) -g $(WARNINGS) $(SANITIZE)
LDLIBS   := -lcjson -liberty -lsqlite3 -llua5.4 -lpanelw -lmenuw -lformw -lncursesw -ltinfo -lzstd -llzma -lz -lm \
            -lpthread

LIB      := $(B)/libwarpscope.a
SOURCES  := $(filter-out src/main.c,$(wildcard src/*/*.c))
OBJECTS  := $(SOURCES:src/%.c=$(B)/obj/%.o)
PROGRAM  := $(if $(wildcard src/main.c),$(B)/warpscope)
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS  := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS  := $(FUZZERS:%=$(B)/tests/replay_%)
BENCHES  := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
C_FILES  := $(wildcard src/*.c src/*/*.c include/*/*.h tests/*/*.c tests/*/*.h)

# All processors, unless the caller chose.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory

# Short lines while building; V=1 shows the commands.
ifeq ($(V),)
CC_SAY = @echo '  CC  $@';
LD_SAY = @echo '  LD  $@';
AR_SAY = @echo '  AR  $@';
endif

NVCC ?= $(or $(shell command -v nvcc),$(wildcard /usr/local/cuda/bin/nvcc))
export NVCC

.PHONY: all run test check debug tsan lint fuzz fuzzers truth validate bench traces screenshots install \
        install-files clean setup help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(LIB) $(PROGRAM) ## build the program (the default)

# The trace that `make run` opens: make run TRACE=path
TRACE ?= traces/hgemm_tensor.wst

run: ## install what is missing, build, open the explorer on a sample trace
	@tests/tools/setup.sh build
	@$(MAKE) all
	@$(B)/warpscope $(TRACE)

test: ## install what is missing, build and run every test
	@tests/tools/setup.sh test
	@$(MAKE) check

# Where nvcc is, the programs that measure a GPU must compile.
check: all $(TESTS) $(REPLAYS) $(if $(NVCC),truth)
	@tests/run.sh $(B)

debug: ## run every test with address and undefined-behaviour checks
	@$(MAKE) check B=build/debug OPT=-O1 \
	  SANITIZE="-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

tsan: ## run every test with thread checks
	@$(MAKE) check B=build/tsan OPT=-O1 SANITIZE="-fsanitize=thread"

# --- objects ---------------------------------------------------------------------------------------

$(B)/config.h: FORCE
	@mkdir -p $(@D)
	@printf '#define WARPSCOPE_VERSION "%s"\n#define WARPSCOPE_PREFIX "%s"\n' \
	  '$(VERSION)' '$(PREFIX)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/obj/%.o: src/%.c | $(B)/config.h
	@mkdir -p $(@D)
	$(CC_SAY) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(OBJECTS)
	@rm -f $@
	$(AR_SAY) $(AR) rcs $@ $(OBJECTS)

$(B)/warpscope: $(B)/obj/main.o $(LIB)
	$(LD_SAY) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/obj/%.o: tests/%.c | $(B)/config.h
	@mkdir -p $(@D)
	$(CC_SAY) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/test_%: $(B)/tests/obj/unit/test_%.o $(LIB)
	$(LD_SAY) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/replay_%: $(B)/tests/obj/fuzz/fuzz_%.o $(B)/tests/obj/fuzz/replay.o $(LIB)
	$(LD_SAY) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/bench/%: $(B)/tests/obj/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(LD_SAY) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/test_terminal: LDLIBS += -lvterm

# The archive must lose the object of a source file that is gone.
$(B)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(SOURCES)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(LIB): $(B)/sources

-include $(wildcard $(B)/obj/*.d $(B)/obj/*/*.d $(B)/tests/obj/*/*.d)

# --- checks ----------------------------------------------------------------------------------------

lint: $(B)/config.h ## check format, layers, headers and run clang-tidy
	@for check in tests/lint/*.test.sh; do $$check || exit 1; done
	@printf '%s\n' $(filter %.c,$(C_FILES)) | xargs -P $$(nproc) -n 4 sh -c \
	  'clang-tidy --quiet "$$@" -- -std=c11 $(CPPFLAGS) 2>/dev/null' clang-tidy
	@echo "lint: nothing found"

T    ?= $(firstword $(FUZZERS))
SECS ?= 60

fuzz: ## fuzz one target: make fuzz T=json SECS=60
	@$(MAKE) fuzzers B=build/fuzz CC=clang OPT=-O1 T=$(T) \
	  SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
	@mkdir -p build/fuzz/corpus/$(T)
	build/fuzz/fuzz_$(T) -max_total_time=$(SECS) -timeout=10 -artifact_prefix=build/fuzz/ \
	  build/fuzz/corpus/$(T) $(wildcard tests/fuzz/corpus/$(T))

fuzzers: $(B)/fuzz_$(T)

$(B)/fuzz_%: $(B)/tests/obj/fuzz/fuzz_%.o $(LIB)
	$(LD_SAY) $(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LDLIBS)

truth: ## compile the programs that measure a GPU (needs nvcc)
	@tests/truth/run.sh --out $(B)/truth-build --only build --budget 3600

validate: all $(filter %/test_property,$(TESTS)) ## models beside references: make validate SET=3 FORMAT=csv
	@tests/validate/validate.sh $(B) $(or $(SET),all) $(or $(FORMAT),text)

bench: all $(BENCHES) ## measure speed and memory
	@tests/bench/bench.sh $(B)

traces: all ## make the sample traces again
	@for builder in lua/kernels/*.lua; do \
	  $(B)/warpscope trace build $$builder -o traces/$$(basename $$builder .lua).wst || exit; \
	done
	@for batch in 1 2 4 8 16 32 64; do \
	  awk -v batch=$$batch -f tests/tools/sample_profile.awk </dev/null | \
	  gzip -n9 >traces/transformer-b$$batch.json.gz || exit; \
	done

screenshots: all ## draw the pictures of the README again
	@tests/tools/screenshots.sh $(B)

# --- the rest --------------------------------------------------------------------------------------

SHARE = $(DESTDIR)$(PREFIX)/share

install: all ## copy program, data and documents to PREFIX (below DESTDIR)
	@$(MAKE) install-files

# Builds nothing. Manual page and completion are printed by the program itself.
install-files:
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/warpscope $(SHARE)/man/man1 \
	  $(SHARE)/bash-completion/completions
	install $(B)/warpscope $(DESTDIR)$(PREFIX)/bin/
	cp -R $(wildcard gpus lua traces) $(SHARE)/warpscope/
	$(B)/warpscope man >$(SHARE)/man/man1/warpscope.1
	$(B)/warpscope completion bash >$(SHARE)/bash-completion/completions/warpscope

setup: ## install the Debian packages that build and tests need
	@tests/tools/setup.sh test

clean: ## remove everything that was built
	rm -rf build

help: ## print this list
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
