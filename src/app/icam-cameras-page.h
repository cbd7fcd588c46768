/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The cameras and what belongs to them: storage, what was connected to, what happened. Property: "n-trouble". */
#define ICAM_TYPE_CAMERAS_PAGE (icam_cameras_page_get_type ())
G_DECLARE_FINAL_TYPE (IcamCamerasPage, icam_cameras_page, ICAM, CAMERAS_PAGE, AdwBin)

void icam_cameras_page_set_client  (IcamCamerasPage *self,
                                    IcamClient      *client);
void icam_cameras_page_show_camera (IcamCamerasPage *self,
                                    const char      *camera);
void icam_cameras_page_show_page   (IcamCamerasPage *self,
                                    const char      *page);
void icam_cameras_page_tick        (IcamCamerasPage *self);

G_END_DECLS
