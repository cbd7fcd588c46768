/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

#include "base/icam-types.h"

G_BEGIN_DECLS

/* A set of kinds. */
#define ICAM_KIND_BIT(kind) (1u << (kind))

/* The table that says what cameras' events mean (data/onvif/event-kinds.conf). Immutable; safe from every thread. */
typedef struct _IcamOnvifKinds IcamOnvifKinds;

/* What a name of an item means to us. */
typedef enum
{
  ICAM_ONVIF_ITEM_OTHER = 0,
  ICAM_ONVIF_ITEM_STATE,
  ICAM_ONVIF_ITEM_CLASS,
  ICAM_ONVIF_ITEM_RULE,
  ICAM_ONVIF_ITEM_SOURCE,
} IcamOnvifItem;

const IcamOnvifKinds *icam_onvif_kinds_get      (void);
IcamOnvifKinds       *icam_onvif_kinds_new      (const char            *text,
                                                 GError               **error);
IcamOnvifKinds       *icam_onvif_kinds_load     (const char            *path,
                                                 GError               **error);
void                  icam_onvif_kinds_free     (IcamOnvifKinds        *self);
guint                 icam_onvif_kinds_of_topic (const IcamOnvifKinds  *self,
                                                 const char            *topic,
                                                 gboolean              *by_rule);
guint                 icam_onvif_kinds_of_words (const IcamOnvifKinds  *self,
                                                 const char            *text);
IcamOnvifItem         icam_onvif_kinds_of_item  (const IcamOnvifKinds  *self,
                                                 const char            *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifKinds, icam_onvif_kinds_free)

G_END_DECLS
