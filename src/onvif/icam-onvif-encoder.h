/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

/* How a stream is encoded, as far as it can be wished for. */
typedef struct
{
  guint width, height; /* pixels */
  double rate;         /* pictures a second, 0 unknown */
  guint gop;           /* pictures from key frame to key frame, 0 unknown */
} IcamEncoding;

typedef struct
{
  guint width, height;
} IcamEncodingSize;

/* The encoder of a stream: how it is set, and how it can be. */
typedef struct
{
  char *token;
  IcamCodec codec;
  IcamEncoding now;
  guint interval;        /* of so many pictures one is encoded (Media 1); 1 at least */
  double shape;          /* width by height of what is shown, 0 unknown */
  GArray *sizes;         /* of IcamEncodingSize, offered; empty: it does not tell */
  GArray *rates;         /* of double, offered one by one (Media 2); may be empty */
  double min_rate, max_rate; /* offered in between (Media 1); 0: it does not tell */
  guint min_gop, max_gop;    /* 0: it does not tell */
} IcamEncoder;

void         icam_encoder_free                  (IcamEncoder         *encoder);
gboolean     icam_encoder_propose               (const IcamEncoder   *encoder,
                                                 IcamEncoding        *wanted);
gboolean     icam_encoding_equal                (const IcamEncoding  *a,
                                                 const IcamEncoding  *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamEncoder, icam_encoder_free)

/* Errors: as of icam_onvif_device_get_channels_finish(), and NOT_SUPPORTED, NOT_PERMITTED, OUT_OF_RANGE, REFUSED. */
void         icam_onvif_encoder_get_async       (IcamOnvifDevice     *self,
                                                 const char          *profile,
                                                 const char          *main_profile,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
IcamEncoder *icam_onvif_encoder_get_finish      (IcamOnvifDevice     *self,
                                                 GAsyncResult        *result,
                                                 GError             **error);
void         icam_onvif_encoder_set_async       (IcamOnvifDevice     *self,
                                                 const char          *profile,
                                                 const char          *main_profile,
                                                 const IcamEncoding  *to,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
gboolean     icam_onvif_encoder_set_finish      (IcamOnvifDevice     *self,
                                                 GAsyncResult        *result,
                                                 GError             **error);

G_END_DECLS
