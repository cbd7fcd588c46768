/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "onvif/icam-known-paths.h"

G_BEGIN_DECLS

/* Where a device that does not speak ONVIF has its stream: the known places one after the other, slowly, for a bounded time, and no
 * more after the first refusal. It only says what is next; who connects is its owner. */
typedef struct _IcamPathSearch IcamPathSearch;

typedef void (*IcamPathSearchFunc) (gpointer user_data);

IcamPathSearch      *icam_path_search_new        (const char         *address,
                                                  const GError       *first_error,
                                                  IcamPathSearchFunc  next,
                                                  gpointer            user_data);
void                 icam_path_search_free       (IcamPathSearch     *self);
gboolean             icam_path_search_go_on      (IcamPathSearch     *self,
                                                  const GError       *error);
const IcamKnownPath *icam_path_search_get        (IcamPathSearch     *self);
gboolean             icam_path_search_is_refused (IcamPathSearch     *self);

G_END_DECLS
