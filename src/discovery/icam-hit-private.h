/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-discovery.h"

G_BEGIN_DECLS

/* What a hit is made of. All text comes from the network as it is; icam_hit_new() cleans it. */
typedef struct
{
  const char *key;     /* our own, not cleaned */
  const char *source;
  const char *name;
  const char *service;
  const char *address; /* numeric */
  guint16 port;
  gboolean secure;     /* https */
  const char *mac, *hardware, *path, *endpoint, *serial; /* or NULL */
} IcamHitFields;

IcamHit  *icam_hit_new           (const IcamHitFields *fields);
gboolean  icam_hit_same          (IcamHit *self,
                                  IcamHit *other);

char     *icam_hit_clean_path    (const char *text);

G_END_DECLS
