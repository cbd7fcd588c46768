/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "base/icam-types.h"
#include "media/icam-live-hub.h"
#include "media/icam-segment-store.h"

G_BEGIN_DECLS

/* One connection to one stream of a camera: source → segment sink, live sink and, if wished, decoder → motion. It lives from one
 * connect to its failure; whoever owns it makes a new one for the next try (back-off is a policy of the recorder). State changes happen
 * off the main thread; signals are emitted in the main context of its creation.
 *
 * Signals:
 *   "connected" ()                       caps are known and the first access unit came
 *   "changed" ()                         the camera encodes its pictures another way from now on, while it is connected
 *   "failed" (GError *, IcamGapCause)    once; nothing comes after it. Errors are ICAM_ERROR_… A stream silent for 5 s (or five times its
 *                                        interval) has failed with STREAM_SILENT and ICAM_GAP_CAMERA_SILENT.
 *   "motion" (gboolean active, double score 0..1, gint64 utc_us)   on every change, and at most twice a second while it is active
 *   "detector" (const char *state)       "warming-up", "healthy", "absent"
 */
#define ICAM_TYPE_STREAM_PIPELINE (icam_stream_pipeline_get_type ())
G_DECLARE_FINAL_TYPE (IcamStreamPipeline, icam_stream_pipeline, ICAM, STREAM_PIPELINE, GObject)

/* The ways to a stream. Which one is found out by trying; whoever owns the pipeline remembers it for the next. */
typedef enum
{
  ICAM_PATH_AUTO,     /* not known yet */
  ICAM_PATH_RTSP,     /* icamrtspsrc: TCP or TLS, read by the reader */
  ICAM_PATH_RTSP_GST, /* icamrtspbin over TCP: payloads that icamrtspsrc does not know */
  ICAM_PATH_RTSP_UDP, /* icamrtspbin over UDP, multicast or an HTTP tunnel: the camera does not send over TCP */
  ICAM_PATH_MJPEG,    /* a multipart answer over HTTP */
  ICAM_PATH_JPEG,     /* one picture after the other over HTTP */
  ICAM_N_PATHS,
} IcamPath;

const char *icam_path_to_string   (IcamPath    path);
IcamPath    icam_path_from_string (const char *string);

typedef struct
{
  const char *uri;         /* rtsp://, rtsps://, http:// (MJPEG); without credentials */
  const char *user;        /* or NULL */
  IcamSecret *secret;      /* or NULL */
  const char *fingerprint; /* SHA-256 in hexadecimal of the certificate that is expected, or NULL */
  IcamPath path;           /* that succeeded before */
  IcamUuid channel;
  IcamRole role;
  IcamSegmentStore *store; /* NULL: do not record (a probe) */
  IcamLiveStream *live;    /* NULL: nobody looks */
  gboolean detect;         /* decode and watch for motion */
} IcamStreamConfig;

typedef struct
{
  IcamCodec video, audio;
  guint width, height;
  double rate; /* frames a second as announced, 0 unknown */
} IcamStreamInfo;

IcamStreamPipeline *icam_stream_pipeline_new      (const IcamStreamConfig *config);
void                icam_stream_pipeline_start    (IcamStreamPipeline     *self);
/* Pictures stop at once, the rest is torn down elsewhere; the object may be unreferenced right after. */
void                icam_stream_pipeline_stop     (IcamStreamPipeline     *self,
                                                   IcamGapCause            cause);
/* Probe → session: from now on what comes is recorded too, from the next key frame (or the current group if it is still held). */
void                icam_stream_pipeline_set_store (IcamStreamPipeline    *self,
                                                   IcamSegmentStore       *store);
void                icam_stream_pipeline_set_detect (IcamStreamPipeline   *self,
                                                   gboolean                detect);
IcamPath            icam_stream_pipeline_get_path (IcamStreamPipeline     *self);
char               *icam_stream_pipeline_dup_fingerprint (IcamStreamPipeline *self);
void                icam_stream_pipeline_get_info (IcamStreamPipeline     *self,
                                                   IcamStreamInfo         *info);
/* The picture with the highest score since the last call, as a JPEG of at most 480 pixels in width with the channel's UUID in a COM
 * segment ("icam channel=<hex> utc=<µs>"); NULL if nothing moved. Encodes: call it off the main thread. */
GBytes             *icam_stream_pipeline_take_best_picture (IcamStreamPipeline *self,
                                                   gint64                 *utc_us);

G_END_DECLS
