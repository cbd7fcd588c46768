/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* How a camera makes its picture: what it offers, changed at the camera itself. Hidden while it offers nothing. "failed" (GError): something
 * could not be changed. */
#define ICAM_TYPE_IMAGING_GROUP (icam_imaging_group_get_type ())
G_DECLARE_FINAL_TYPE (IcamImagingGroup, icam_imaging_group, ICAM, IMAGING_GROUP, AdwPreferencesGroup)

void icam_imaging_group_load (IcamImagingGroup *self,
                              IcamCamera       *camera);
void icam_imaging_group_stop (IcamImagingGroup *self);

G_END_DECLS
