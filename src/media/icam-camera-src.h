/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

#include "base/icam-secret.h"
#include "media/icam-rtp-depay.h"

G_BEGIN_DECLS

/* What the sources of ours have in common: a handshake on a thread of a bounded pool, then the one reader thread (icam-reader.h); pads,
 * caps and capture times; leaving by handshake. What is said to the camera and how its bytes become access units is the protocol's. */
#define ICAM_TYPE_CAMERA_SRC (icam_camera_src_get_type ())
G_DECLARE_DERIVABLE_TYPE (IcamCameraSrc, icam_camera_src, ICAM, CAMERA_SRC, GstElement)

#define ICAM_CAMERA_MAX_TRACKS 2

typedef struct _IcamCameraLink IcamCameraLink;

/* Valid during make() only. */
typedef struct
{
  const char *location, *user;
  IcamSecret *secret;
  const char *fingerprint; /* of the certificate that is expected, or NULL */
} IcamCameraAddress;

typedef struct
{
  gpointer    (*make)            (IcamCameraLink          *link,
                                  const IcamCameraAddress *address);
  void        (*free)            (gpointer                 session);
  /* Any thread: open() returns soon. */
  void        (*cancel)          (gpointer                 session);
  /* A thread of the pool: up to where data comes. May be called again after ended() wanted it. Error %GST_RESOURCE_ERROR_SETTINGS: the
   * camera wants another way than this one. */
  gboolean    (*open)            (gpointer                 session,
                                  guint                   *status,
                                  gboolean                *answered,
                                  GError                 **error);
  /* After open(): the socket, and the stream over it if it is encrypted. */
  int         (*get_socket)      (gpointer                 session,
                                  GIOStream              **stream);
  /* Of the certificate that was shown, NULL if none was. */
  const char *(*get_fingerprint) (gpointer                 session);
  /* The name of the way that was found, see IcamPath. Or NULL. */
  const char *(*get_path)        (gpointer                 session);
  /* After open(), before the reader has it: adds the tracks, hands on what came early. */
  void        (*begin)           (gpointer                 session);

  /* The reader's thread. */
  gsize       (*bytes)           (gpointer                 session,
                                  const guint8            *data,
                                  gsize                    size,
                                  gint64                   arrival_us);
  gsize       (*want)            (gpointer                 session); /* or NULL; see IcamReaderFuncs */
  void        (*beat)            (gpointer                 session,
                                  gint64                   now_us);
  gboolean    (*ended)           (gpointer                 session); /* or NULL; whether to open it again */

  /* When the reader has left it: says good-bye without waiting. Or NULL. */
  void        (*leave)           (gpointer                 session);
} IcamCameraProtocol;

struct _IcamCameraSrcClass
{
  GstElementClass parent_class;

  const IcamCameraProtocol *protocol;
};

void     icam_camera_src_set_secret  (IcamCameraSrc       *self,
                                      IcamSecret          *secret);
void     icam_camera_src_set_watched (IcamCameraSrc       *self,
                                      gboolean             watched);

/* For protocols. */
guint    icam_camera_link_add_track  (IcamCameraLink      *self,
                                      gboolean             video,
                                      const IcamRtpFormat *format);
void     icam_camera_link_set_format (IcamCameraLink      *self,
                                      guint                number,
                                      const IcamRtpFormat *format);
gboolean icam_camera_link_has_format (IcamCameraLink      *self,
                                      guint                number);
void     icam_camera_link_push       (IcamCameraLink      *self,
                                      guint                number,
                                      guint8              *data,
                                      gsize                size,
                                      gint64               media_us,
                                      gint64               arrival_us,
                                      IcamUnitFlags        flags);
void     icam_camera_link_send       (IcamCameraLink      *self,
                                      const void          *data,
                                      gsize                size);
void     icam_camera_link_fail       (IcamCameraLink      *self,
                                      GQuark               domain,
                                      int                  code,
                                      guint                status,
                                      const char          *detail);

G_END_DECLS
