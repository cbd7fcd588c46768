/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * One device: what it is, what it serves, and what is wrong with it at the moment.
 *
 * Each device has a thread with a main context of its own, on which everything that answers the
 * network runs (RTSP, HTTP, ONVIF). A device that hangs is a device whose thread waits: the kernel
 * goes on accepting connections, and nobody answers, as with a real one.
 */

#include <gio/gio.h>

#include "icam-test-clip.h"
#include "icam-test-code.h"
#include "icam-test-script.h"

G_BEGIN_DECLS

#define ICAM_TEST_MAX_CHANNELS 16
#define ICAM_TEST_N_STREAMS 3
#define ICAM_TEST_PLAN_RING 16
/** ICAM_TEST_PTS_BASE_US: stream time at which the process began, µs; leaves room before it. */
#define ICAM_TEST_PTS_BASE_US (10 * G_USEC_PER_SEC)

typedef enum
{
  ICAM_TEST_AUTH_NONE = 0,
  ICAM_TEST_AUTH_TOKEN = 1 << 0,
  ICAM_TEST_AUTH_DIGEST = 1 << 1,
} IcamTestAuth;

/* What the user may do (ONVIF Core 5.9.4). */
typedef enum
{
  ICAM_TEST_LEVEL_ADMINISTRATOR,
  ICAM_TEST_LEVEL_OPERATOR,
  ICAM_TEST_LEVEL_USER,
} IcamTestLevel;

typedef enum
{
  ICAM_TEST_AUDIO_NONE,
  ICAM_TEST_AUDIO_AAC,
  ICAM_TEST_AUDIO_G711,
} IcamTestAudio;

typedef struct _IcamTestRtsp IcamTestRtsp;
typedef struct _IcamTestWeb IcamTestWeb;
typedef struct _IcamTestMjpeg IcamTestMjpeg;
typedef struct _IcamTestJunk IcamTestJunk;
typedef struct _IcamTestDevice IcamTestDevice;

/** IcamTestPlan: what a group of pictures shows: a visit and how far it is, or quiet. */
typedef struct
{
  guint64 gop;
  gboolean valid;
  int visit; /* -1 quiet */
  guint gop_of_visit;
} IcamTestPlan;

/* A channel: guarded by the lock of the pump. */
typedef struct
{
  guint scene;
  IcamTestScript script;
  IcamTestClip *clips[ICAM_TEST_N_STREAMS];
  IcamTestPlan plans[ICAM_TEST_PLAN_RING];
  gboolean visit_wanted;
  gboolean in_picture; /* an actor is, in the newest picture */
  gboolean motion;     /* as ONVIF tells it */
} IcamTestChannel;

struct _IcamTestDevice
{
  guint index;

  /* What it is. Set before the thread starts; the identity changes on the device's thread. */
  char *name;
  char *serial;
  char *mac;
  char *hardware_id;
  char *uuid;
  char *address;
  char *xaddr; /* the host that it names in its answers, as behind NAT; NULL: its address */
  char *user;
  char *password;
  guint generation;
  guint n_channels;
  gboolean lenses;
  gboolean extra_view;
  gboolean plain; /* no strip in the picture */
  gboolean mjpeg_enabled;
  gboolean snapshot_enabled;
  gboolean ptz_enabled;
  char *path; /* where the first main stream is too, or NULL */
  gboolean audio_enabled;
  gboolean single_packets;
  gboolean mdns;
  gboolean wsd;
  IcamTestCodec codec;
  IcamTestAudio audio;
  guint sub_width, sub_height; /* of the sub streams, as they come from the factory */
  guint auth;
  char *footage;

  /* Time: counter 0 was at start_mono_us. */
  gint64 start_mono_us;
  gint64 start_utc_us;

  IcamTestChannel channels[ICAM_TEST_MAX_CHANNELS]; /* lock of the pump */

  /* Faults: atomic, set by commands, read anywhere. */
  int hung;
  int dead;
  int web_dead;
  int garbage;
  int refuse;
  int frozen;
  int actors_off;
  int mute;      /* it tells nothing of what the script does */
  int level;     /* an IcamTestLevel */
  int never_off; /* it tells what begins, and nothing of its end */
  gint64 clock_offset_us;     /* lock of the pump */
  guint64 frozen_counter;     /* lock of the pump */

  gboolean rebooting; /* on the device's thread */

  /* The thread, and what waits for it while it hangs: under lock. */
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GMutex lock;
  GCond cond;
  GQueue urgent;

  /* On the device's thread. */
  IcamTestRtsp *rtsp;
  IcamTestWeb *web;
  IcamTestMjpeg *mjpeg;
  IcamTestJunk *junk_rtsp;
  IcamTestJunk *junk_web;
  guint16 rtsp_port;
  guint16 web_port;
  guint16 mjpeg_port;
};

IcamTestDevice *icam_test_device_new (guint index);
gboolean icam_test_device_prepare (IcamTestDevice *self, guint seed, gboolean quiet, GError **error);
gboolean icam_test_device_encode (IcamTestDevice *self,
                                  guint channel,
                                  guint stream,
                                  guint width,
                                  guint height,
                                  guint rate,
                                  GError **error);
gboolean icam_test_device_start (IcamTestDevice *self, GError **error);
void icam_test_device_stop (IcamTestDevice *self);

typedef gboolean (*IcamTestDeviceFunc) (IcamTestDevice *self, gpointer data, GError **error);
gboolean icam_test_device_call (IcamTestDevice *self,
                                IcamTestDeviceFunc func,
                                gpointer data,
                                GError **error);

gboolean icam_test_device_command (IcamTestDevice *self,
                                   const char *verb,
                                   const char *argument,
                                   GError **error);

void icam_test_device_set_password (IcamTestDevice *self, const char *password);
void icam_test_device_set_clock (IcamTestDevice *self, gint64 offset_us);
void icam_test_device_reboot (IcamTestDevice *self);
const char *icam_test_device_named_address (IcamTestDevice *self);
gint64 icam_test_device_clock (IcamTestDevice *self);
guint64 icam_test_device_counter_now (IcamTestDevice *self);
gint64 icam_test_device_counter_mono (IcamTestDevice *self, guint64 counter);
char *icam_test_device_rtsp_uri (IcamTestDevice *self, guint channel, guint stream);
char *icam_test_device_describe (IcamTestDevice *self);
guint icam_test_device_n_streams (IcamTestDevice *self);

G_END_DECLS
