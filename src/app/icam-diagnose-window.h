/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* What works of a camera and what does not, step by step, in a window of its own. */
#define ICAM_TYPE_DIAGNOSE_WINDOW (icam_diagnose_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamDiagnoseWindow, icam_diagnose_window, ICAM, DIAGNOSE_WINDOW, AdwWindow)

GtkWidget *icam_diagnose_window_new             (IcamClient *client,
                                                 IcamCamera *camera);
GtkWidget *icam_diagnose_window_new_for_address (IcamClient *client,
                                                 const char *address,
                                                 const char *user,
                                                 IcamSecret *secret);

G_END_DECLS
