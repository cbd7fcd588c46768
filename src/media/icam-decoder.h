/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-error.h"
#include "base/icam-types.h"
#include "matroska/icam-mkv.h"

G_BEGIN_DECLS

/* A decoded picture, RGBx (GDK_MEMORY_R8G8B8A8_PREMULTIPLIED: the fourth byte is 255), immutable, with whose it is. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamUuid channel;
  IcamRole role;
  gint64 utc_us;
  guint width, height, stride; /* pixels, pixels, bytes */
  GBytes *pixels;
  gboolean unverified;
} IcamPicture;

#define ICAM_TYPE_PICTURE (icam_picture_get_type ())
GType        icam_picture_get_type (void);
IcamPicture *icam_picture_ref      (IcamPicture *self);
void         icam_picture_unref    (IcamPicture *self);
GBytes      *icam_picture_to_jpeg  (IcamPicture *self,
                                    GError     **error);
GBytes      *icam_picture_to_png    (IcamPicture *self,
                                    GError     **error);
IcamPicture *icam_picture_from_jpeg (const guint8 *data,
                                    gsize         length,
                                    GError      **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamPicture, icam_picture_unref)

/* Decodes one stream on a thread of a bounded pool; the calls return at once. Pictures come in presentation order to @callback on
 * that thread: marshal them. What is pushed beyond a bounded queue is dropped to the next key frame. */
#define ICAM_TYPE_DECODER (icam_decoder_get_type ())
G_DECLARE_FINAL_TYPE (IcamDecoder, icam_decoder, ICAM, DECODER, GObject)

typedef void (*IcamDecoderFunc) (IcamDecoder *self,
                                 IcamPicture *picture, /* NULL: a flush ended, see icam_decoder_flush() */
                                 gpointer     user_data);

typedef enum
{
  ICAM_DECODE_KEY = 1 << 0,
  ICAM_DECODE_SKIP = 1 << 1,    /* decode, do not hand out */
  ICAM_DECODE_DISCONT = 1 << 2,
} IcamDecodeFlags;

/* @max_width: pictures wider than it are scaled down (0: as they are). */
IcamDecoder *icam_decoder_new       (const IcamUuid  *channel,
                                     IcamRole         role,
                                     guint            max_width,
                                     IcamDecoderFunc  callback,
                                     gpointer         user_data,
                                     GDestroyNotify   destroy);
/* H.264 and H.265 come as Annex B (live records) or length-prefixed (files): told by @annex_b; @private_data as in IcamLiveCaps or
 * IcamTrack. Fails with ICAM_ERROR_CODEC_UNSUPPORTED. */
gboolean     icam_decoder_set_format (IcamDecoder    *self,
                                     IcamCodec        codec,
                                     gboolean         annex_b,
                                     GBytes          *private_data,
                                     guint            width,
                                     guint            height,
                                     GError         **error);
void         icam_decoder_push      (IcamDecoder     *self,
                                     GBytes          *data,
                                     gint64           utc_us,
                                     gint64           dts_offset_us,
                                     IcamDecodeFlags  flags);
/* Hands out what the decoder still holds, then calls back with NULL. */
void         icam_decoder_drain     (IcamDecoder     *self);
/* Forgets what is queued; nothing of it is handed out after this returns. */
void         icam_decoder_flush     (IcamDecoder     *self);
guint        icam_decoder_get_queued (IcamDecoder    *self);
void         icam_decoder_close     (IcamDecoder     *self);

G_END_DECLS
