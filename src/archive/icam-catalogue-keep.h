/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-catalogue.h"

G_BEGIN_DECLS

/* The part of the catalogue that says what is kept: what is old, what may not go, what it takes. */

typedef struct
{
  gint64 stream; /* row */
  IcamUuid channel;
  gint64 bytes;
} IcamStreamUsage;

GArray   *icam_catalogue_unfinished       (IcamCatalogue           *self,
                                           guint32                  before_epoch,
                                           GError                 **error);
GArray   *icam_catalogue_garbage          (IcamCatalogue           *self,
                                           gint64                   folder,
                                           const IcamSegmentRef    *after,
                                           guint                    limit);
GArray   *icam_catalogue_oldest           (IcamCatalogue           *self,
                                           gint64                   folder,
                                           const IcamUuid          *channel,
                                           guint                    limit,
                                           GError                 **error);
GArray   *icam_catalogue_next_of_stream   (IcamCatalogue           *self,
                                           gint64                   stream,
                                           gint64                   folder,
                                           guint64                  after_seq,
                                           guint                    limit,
                                           GError                 **error);
GArray   *icam_catalogue_streams_of_folder (IcamCatalogue          *self,
                                           gint64                   folder);
gint64    icam_catalogue_channel_bytes    (IcamCatalogue           *self,
                                           const IcamUuid          *channel);
gboolean  icam_catalogue_is_kept          (IcamCatalogue           *self,
                                           const IcamSegmentRef    *ref,
                                           gboolean                 events);
gboolean  icam_catalogue_to_garbage       (IcamCatalogue           *self,
                                           const GArray            *segments,
                                           GError                 **error);
GPtrArray *icam_catalogue_drop_garbage    (IcamCatalogue           *self,
                                           const GArray            *segments);
gboolean  icam_catalogue_put_protection   (IcamCatalogue           *self,
                                           const IcamProtectionRow *row,
                                           GError                 **error);
gboolean  icam_catalogue_drop_protection  (IcamCatalogue           *self,
                                           const IcamUuid          *id,
                                           GError                 **error);

G_END_DECLS
