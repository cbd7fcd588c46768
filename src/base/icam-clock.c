/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-clock.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct
{
  int timer_fd;
  guint source_id;
} IcamClockPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (IcamClock, icam_clock, G_TYPE_OBJECT)

enum
{
  STEPPED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static gint64
read_clock (clockid_t id)
{
  struct timespec now;

  clock_gettime (id, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gint64
icam_clock_real_utc (IcamClock *self)
{
  return read_clock (CLOCK_REALTIME);
}

static gint64
icam_clock_real_boottime (IcamClock *self)
{
  return read_clock (CLOCK_BOOTTIME);
}

static void
icam_clock_finalize (GObject *object)
{
  IcamClockPrivate *priv = icam_clock_get_instance_private (ICAM_CLOCK (object));

  g_clear_handle_id (&priv->source_id, g_source_remove);
  if (priv->timer_fd >= 0)
    close (priv->timer_fd);

  G_OBJECT_CLASS (icam_clock_parent_class)->finalize (object);
}

static void
icam_clock_class_init (IcamClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_clock_finalize;
  klass->utc = icam_clock_real_utc;
  klass->boottime = icam_clock_real_boottime;

  /**
   * IcamClock::stepped:
   * @self: the clock
   *
   * The computer's clock was set: what is recorded from now on belongs to a new epoch.
   */
  signals[STEPPED] = g_signal_new ("stepped", ICAM_TYPE_CLOCK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
icam_clock_init (IcamClock *self)
{
  IcamClockPrivate *priv = icam_clock_get_instance_private (self);

  priv->timer_fd = -1;
}

/**
 * icam_clock_system:
 *
 * Returns: (transfer none): the computer's clock, one for the process
 */
IcamClock *
icam_clock_system (void)
{
  static gsize initialised;
  static IcamClock *clock;

  if (g_once_init_enter (&initialised))
    {
      clock = g_object_new (ICAM_TYPE_CLOCK, NULL);
      g_once_init_leave (&initialised, 1);
    }

  return clock;
}

/**
 * icam_clock_utc:
 * @self: a clock
 *
 * Returns: µs since 1970-01-01T00:00:00Z
 */
gint64
icam_clock_utc (IcamClock *self)
{
  return ICAM_CLOCK_GET_CLASS (self)->utc (self);
}

/**
 * icam_clock_boottime:
 * @self: a clock
 *
 * Returns: µs since the computer was started; never falls, counts naps
 */
gint64
icam_clock_boottime (IcamClock *self)
{
  return ICAM_CLOCK_GET_CLASS (self)->boottime (self);
}

static gboolean
arm (int fd)
{
  /* Far in the future: the timer itself never fires, only its cancellation by a set clock does. */
  struct itimerspec when = { .it_value.tv_sec = G_MAXINT32 };

  when.it_value.tv_sec = (time_t) (read_clock (CLOCK_REALTIME) / G_USEC_PER_SEC) + 3600 * 24 * 365;
  return timerfd_settime (fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) == 0;
}

static gboolean
on_timer (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  IcamClock *self = user_data;
  guint64 expirations;

  if (read (fd, &expirations, sizeof expirations) < 0 && errno == ECANCELED)
    g_signal_emit (self, signals[STEPPED], 0);
  arm (fd);

  return G_SOURCE_CONTINUE;
}

/**
 * icam_clock_watch_steps:
 * @self: a clock
 * @error: return location
 *
 * From now on a set clock is told by the signal "stepped" (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 *
 * Returns: whether the watch stands
 */
gboolean
icam_clock_watch_steps (IcamClock *self,
                        GError   **error)
{
  IcamClockPrivate *priv = icam_clock_get_instance_private (self);

  if (priv->timer_fd >= 0)
    return TRUE;

  priv->timer_fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (priv->timer_fd < 0 || !arm (priv->timer_fd))
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "Changes of the computer's clock cannot be watched: %s", g_strerror (saved));
      return FALSE;
    }

  priv->source_id = g_unix_fd_add (priv->timer_fd, G_IO_IN, on_timer, self);
  return TRUE;
}

struct _IcamTestClock
{
  IcamClock parent_instance;
  GMutex lock;
  gint64 utc;      /* under lock */
  gint64 boottime; /* under lock */
};

G_DEFINE_FINAL_TYPE (IcamTestClock, icam_test_clock, ICAM_TYPE_CLOCK)

static gint64
icam_test_clock_utc (IcamClock *clock)
{
  IcamTestClock *self = ICAM_TEST_CLOCK (clock);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->utc;
}

static gint64
icam_test_clock_boottime (IcamClock *clock)
{
  IcamTestClock *self = ICAM_TEST_CLOCK (clock);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->boottime;
}

static void
icam_test_clock_finalize (GObject *object)
{
  g_mutex_clear (&ICAM_TEST_CLOCK (object)->lock);
  G_OBJECT_CLASS (icam_test_clock_parent_class)->finalize (object);
}

static void
icam_test_clock_class_init (IcamTestClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_test_clock_finalize;
  ICAM_CLOCK_CLASS (klass)->utc = icam_test_clock_utc;
  ICAM_CLOCK_CLASS (klass)->boottime = icam_test_clock_boottime;
}

static void
icam_test_clock_init (IcamTestClock *self)
{
  g_mutex_init (&self->lock);
  self->boottime = 1000 * G_USEC_PER_SEC;
}

/**
 * icam_test_clock_new:
 * @utc: µs since 1970
 *
 * Returns: (transfer full): a clock that stands at @utc
 */
IcamTestClock *
icam_test_clock_new (gint64 utc)
{
  IcamTestClock *self = g_object_new (ICAM_TYPE_TEST_CLOCK, NULL);

  self->utc = utc;
  return self;
}

/**
 * icam_test_clock_advance:
 * @self: a clock
 * @microseconds: how much time passes, in both times
 */
void
icam_test_clock_advance (IcamTestClock *self,
                         gint64         microseconds)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->utc += microseconds;
  self->boottime += microseconds;
}

/**
 * icam_test_clock_step:
 * @self: a clock
 * @microseconds: by how much UTC is set forward (or back, if negative); no time passes
 */
void
icam_test_clock_step (IcamTestClock *self,
                      gint64         microseconds)
{
  g_mutex_lock (&self->lock);
  self->utc += microseconds;
  g_mutex_unlock (&self->lock);

  g_signal_emit (self, signals[STEPPED], 0);
}
