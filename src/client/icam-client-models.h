/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The lists that a client shows: cameras by their place on the wall, which outlive a recorder that restarts, and what was
 * found. One item moves at a time, so that the widgets of the others stay. */
#define ICAM_TYPE_CLIENT_MODELS (icam_client_models_get_type ())
G_DECLARE_FINAL_TYPE (IcamClientModels, icam_client_models, ICAM, CLIENT_MODELS, GObject)

IcamClientModels *icam_client_models_new            (void);
GListModel       *icam_client_models_get_cameras    (IcamClientModels *self);
GListModel       *icam_client_models_get_found      (IcamClientModels *self);
IcamCamera       *icam_client_models_lookup_camera  (IcamClientModels *self,
                                                     const char       *id);
void              icam_client_models_take_camera    (IcamClientModels *self,
                                                     IcamDBusCamera   *proxy);
void              icam_client_models_drop_camera    (IcamClientModels *self,
                                                     IcamCamera       *camera);
void              icam_client_models_take_found     (IcamClientModels *self,
                                                     IcamDBusFound    *found);
void              icam_client_models_drop_found     (IcamClientModels *self,
                                                     IcamDBusFound    *found);
void              icam_client_models_drop_all_found (IcamClientModels *self);

G_END_DECLS
