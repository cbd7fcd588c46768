/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The desktop application: one client of the recorder, any number of windows. */
#define ICAM_TYPE_APPLICATION (icam_application_get_type ())
G_DECLARE_FINAL_TYPE (IcamApplication, icam_application, ICAM, APPLICATION, AdwApplication)

IcamApplication *icam_application_new (void);

G_END_DECLS
