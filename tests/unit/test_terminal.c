/*
 * The explorer on a terminal: a pseudo-terminal with a parser of escape sequences at its other end.
 * The child runs tui_main itself, so no program is needed.
 */
#include "t.h"
#include "tui_trace.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <vterm.h>

#include "tui/tui.h"

enum { WAIT_MS = 10000, QUIET_MS = 60 };

struct session {
    int fd;
    pid_t child;
    VTerm *vt;
    VTermScreen *screen;
    bool is_alternate;
    char text[300 * 1000];
};

static struct session s;
static char trace_dir[600];

static void send_bytes(const char *bytes, size_t n, void *arg)
{
    (void)arg;
    if (write(s.fd, bytes, n) < 0)
        T_FAIL("cannot write to the terminal");
}

static int on_property(VTermProp prop, VTermValue *value, void *arg)
{
    (void)arg;
    if (prop == VTERM_PROP_ALTSCREEN)
        s.is_alternate = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

static void run_child(const char *term)
{
    static struct arena a;
    struct err e = {0};
    struct tui_options o = {.path = trace_dir, .n_threads = 2};

    setenv("TERM", term, 1);
    setenv("XDG_STATE_HOME", t_temp_path("state"), 1);
    arena_init(&a, ARENA_SMALL);
    o.data_dir = os_data_dir(&a);
    enum status status = tui_main(&o, &e);
    if (status != STATUS_OK)
        printf("%s\n", e.message);
    fflush(stdout);
    _exit(status_exit_code(status));
}

/*
 * A shell with job control in small: runs the explorer in a group of its own and lets it go on a
 * while after it stopped. Groups without such a parent cannot be stopped.
 */
static void run_shell(const char *term)
{
    int status = 0;
    pid_t job = fork();

    if (job == 0) {
        setpgid(0, 0);
        os_sleep_ms(QUIET_MS); /* until the shell has made it the foreground group */
        run_child(term);
    }
    signal(SIGTTOU, SIG_IGN);
    setpgid(job, job);
    tcsetpgrp(0, job);
    while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
        os_sleep_ms(10 * QUIET_MS);
        kill(-job, SIGCONT);
    }
    _exit(WEXITSTATUS(status));
}

static void start_with(void (*run)(const char *term), const char *term, unsigned rows,
                       unsigned cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    if (trace_dir[0] == '\0') {
        snprintf(trace_dir, sizeof trace_dir, "%s", t_temp_path("trace"));
        tui_write_trace(trace_dir);
    }
    s.child = forkpty(&s.fd, NULL, NULL, &size);
    if (s.child == 0)
        run(term);
    s.vt = vterm_new((int)rows, (int)cols);
    vterm_set_utf8(s.vt, 1);
    vterm_output_set_callback(s.vt, send_bytes, NULL);
    s.screen = vterm_obtain_screen(s.vt);
    vterm_screen_set_callbacks(s.screen, &callbacks, NULL);
    vterm_screen_enable_altscreen(s.screen, 1);
    vterm_screen_reset(s.screen, 1);
    s.is_alternate = false;
}

static void start(const char *term, unsigned rows, unsigned cols)
{
    start_with(run_child, term, rows, cols);
}

/* Reads what comes until it is quiet for `ms`; false at the end of the child, also after `ms`. */
static bool drain(int ms)
{
    char buf[8192];
    struct pollfd p = {.fd = s.fd, .events = POLLIN};

    while (poll(&p, 1, ms) > 0) {
        ssize_t n = read(s.fd, buf, sizeof buf);
        if (n <= 0) {
            os_sleep_ms((unsigned)ms);
            return false;
        }
        vterm_input_write(s.vt, buf, (size_t)n);
    }
    return true;
}

static const char *screen_text(void)
{
    int rows, cols;

    vterm_get_size(s.vt, &rows, &cols);
    size_t n =
        vterm_screen_get_text(s.screen, s.text, sizeof s.text - 1, (VTermRect){0, rows, 0, cols});
    s.text[n] = '\0';
    return s.text;
}

/* Waits until the word is on the screen. */
static bool shows(const char *word)
{
    for (int waited = 0; waited < WAIT_MS; waited += QUIET_MS) {
        bool is_alive = drain(QUIET_MS);
        if (strstr(screen_text(), word) != NULL)
            return true;
        if (!is_alive)
            break;
    }
    return false;
}

#define CHECK_SHOWS(word)                                     \
    do {                                                      \
        if (!shows(word))                                     \
            T_FAIL("no '%s' on:\n%s", (word), screen_text()); \
    } while (0)

static void keys(const char *text)
{
    send_bytes(text, strlen(text), NULL);
}

static void resize(unsigned rows, unsigned cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    vterm_set_size(s.vt, (int)rows, (int)cols);
    ioctl(s.fd, TIOCSWINSZ, &size);
}

/* Exit status of the child, -1 when it does not end; the terminal is let go. */
static int finish(void)
{
    int status = -1;
    pid_t ended = 0;

    for (int waited = 0; ended == 0 && waited < WAIT_MS; waited += QUIET_MS) {
        drain(QUIET_MS);
        ended = waitpid(s.child, &status, WNOHANG);
    }
    if (ended == 0) {
        kill(s.child, SIGKILL);
        waitpid(s.child, &status, 0);
        status = -1;
    }
    drain(0);
    close(s.fd);
    return status;
}

static void done(void)
{
    vterm_free(s.vt);
}

TEST(starts_and_quits)
{
    start("xterm-256color", 24, 80);
    CHECK_SHOWS("initKernel");
    CHECK_SHOWS("Largest loss");
    CHECK(s.is_alternate);
    keys("q");
    CHECK_EQ_INT(finish(), 0);
    CHECK(!s.is_alternate);
    done();
}

TEST(escape_goes_back)
{
    start("xterm-256color", 24, 80);
    CHECK_SHOWS("Largest loss");
    keys("\r");
    CHECK_SHOWS("Speed of light");
    keys("\x1b");
    CHECK_SHOWS("Largest loss");
    keys("\x1b[B\x1bOB"); /* arrows in both forms are not Esc */
    CHECK_SHOWS("Largest loss");
    keys("Q");
    CHECK_EQ_INT(finish(), 0);
    done();
}

TEST(mouse_clicks_and_wheel)
{
    start("xterm-256color", 24, 80);
    CHECK_SHOWS("Largest loss");
    vterm_mouse_move(s.vt, 1, 12, 0);
    vterm_mouse_button(s.vt, 1, true, 0);
    vterm_mouse_button(s.vt, 1, false, 0);
    CHECK_SHOWS("Speed of light");
    keys("g");
    CHECK_SHOWS("chip.sm_count");
    for (int i = 0; i < 12; i++)
        vterm_mouse_button(s.vt, 5, true, 0);
    CHECK_SHOWS("37/");
    keys("Q");
    CHECK_EQ_INT(finish(), 0);
    done();
}

TEST(resize_storm)
{
    start("xterm-256color", 24, 80);
    CHECK_SHOWS("Largest loss");
    for (unsigned i = 0; i < 150; i++) {
        resize(1 + (unsigned)(hash_u64(i) % 60), 1 + (unsigned)(hash_u64(i + 1000) % 200));
        if (i % 10 == 0)
            drain(5);
    }
    resize(30, 100);
    CHECK_SHOWS("Largest loss");
    resize(10, 40);
    CHECK_SHOWS("initKernel");
    resize(9, 40);
    CHECK_SHOWS("enlarge to 40x10");
    resize(24, 80);
    keys("2");
    CHECK_SHOWS("Speed of light");
    keys("Q");
    CHECK_EQ_INT(finish(), 0);
    done();
}

/* `ends_by` 0: the program leaves by itself. */
static void check_signal(int number, int ends_by)
{
    const tcflag_t cooked = ICANON | ECHO | ISIG; /* as a new terminal is */
    struct termios after;

    start("xterm-256color", 24, 80);
    CHECK_SHOWS("Largest loss");
    kill(s.child, number);
    int status = -1;
    for (int waited = 0; waited < WAIT_MS && waitpid(s.child, &status, WNOHANG) == 0;
         waited += QUIET_MS)
        drain(QUIET_MS);
    drain(0);
    CHECK_EQ_INT(status & 0x7f, ends_by);
    CHECK_EQ_INT(WEXITSTATUS(status), 0);
    tcgetattr(s.fd, &after);
    CHECK_EQ_INT(after.c_lflag & cooked, cooked);
    CHECK(!s.is_alternate);
    close(s.fd);
    done();
}

TEST(terminate_restores_the_terminal)
{
    check_signal(SIGTERM, 0);
}

TEST(hang_up_restores_the_terminal)
{
    check_signal(SIGHUP, 0);
}

TEST(crash_restores_the_terminal)
{
    check_signal(SIGSEGV, SIGSEGV);
}

TEST(suspend_and_continue)
{
    start_with(run_shell, "xterm-256color", 24, 80);
    CHECK_SHOWS("Largest loss");
    keys("\x1a");
    for (int waited = 0; waited < WAIT_MS && s.is_alternate; waited += QUIET_MS)
        drain(QUIET_MS);
    CHECK(!s.is_alternate);
    for (int waited = 0; waited < WAIT_MS && !s.is_alternate; waited += QUIET_MS)
        drain(QUIET_MS);
    CHECK(s.is_alternate);
    CHECK_SHOWS("Largest loss");
    keys("Q");
    CHECK_EQ_INT(finish(), 0);
    done();
}

/* Cells with a colour, and cells that are not ASCII. */
static void count_cells(unsigned *coloured, unsigned *wide)
{
    int rows, cols;
    VTermScreenCell cell;

    *coloured = *wide = 0;
    vterm_get_size(s.vt, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            vterm_screen_get_cell(s.screen, (VTermPos){row, col}, &cell);
            *coloured +=
                !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
            *wide += cell.chars[0] > 0x7e;
        }
    }
}

static void look(const char *term, const char *variable, const char *value, unsigned *coloured,
                 unsigned *wide)
{
    char old[64];
    const char *was = getenv(variable);

    snprintf(old, sizeof old, "%s", was != NULL ? was : "");
    setenv(variable, value, 1);
    start(term, 24, 80);
    CHECK_SHOWS("initKernel");
    keys("2");
    CHECK_SHOWS("Speed of light");
    drain(QUIET_MS);
    count_cells(coloured, wide);
    keys("Q");
    CHECK_EQ_INT(finish(), 0);
    done();
    if (was != NULL)
        setenv(variable, old, 1);
    else
        unsetenv(variable);
}

TEST(colours_only_where_wanted)
{
    unsigned coloured, wide;

    look("xterm-256color", "LC_ALL", "C.UTF-8", &coloured, &wide);
    CHECK(coloured > 50);
    CHECK(wide > 20);
    look("xterm-256color", "NO_COLOR", "1", &coloured, &wide);
    CHECK_EQ_INT(coloured, 0);
    look("vt100", "LC_ALL", "C.UTF-8", &coloured, &wide);
    CHECK_EQ_INT(coloured, 0);
    look("linux", "LC_ALL", "C.UTF-8", &coloured, &wide);
    CHECK(coloured > 50);
}

TEST(ascii_in_the_c_locale)
{
    unsigned coloured, wide;

    look("xterm-256color", "LC_ALL", "C", &coloured, &wide);
    CHECK_EQ_INT(wide, 0);
    CHECK(coloured > 50);
}

TEST(terminals_that_cannot_are_told)
{
    start("dumb", 24, 80);
    CHECK_SHOWS("the explorer needs a terminal");
    CHECK_EQ_INT(WEXITSTATUS(finish()), 2);
    done();
    start("no-such-terminal", 24, 80);
    CHECK_SHOWS("the explorer needs a terminal");
    CHECK_EQ_INT(WEXITSTATUS(finish()), 2);
    done();
}
