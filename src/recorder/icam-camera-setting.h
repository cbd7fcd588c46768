/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-encoder.h"
#include "onvif/icam-onvif-upkeep.h"

G_BEGIN_DECLS

/* How a camera's sub stream and its clock are set, as far as there are better ways. Pure. */
typedef struct
{
  gboolean encoder; /* known; the next four */
  IcamEncoding encoding;
  gboolean clock;   /* known; the rest */
  char *zone;       /* or NULL */
  gboolean ntp;     /* it follows a time server */
  gint64 offset;    /* µs, its clock minus ours */
} IcamCameraSetting;

void      icam_camera_setting_clear    (IcamCameraSetting       *setting);
void      icam_camera_setting_copy     (const IcamCameraSetting *setting,
                                        IcamCameraSetting       *copy);
void      icam_camera_setting_propose  (const IcamCameraSetting *now,
                                        const IcamEncoder       *encoder,
                                        const char              *own_zone,
                                        gint64                   utc,
                                        IcamCameraSetting       *wanted);
gboolean  icam_camera_setting_only     (const IcamCameraSetting *now,
                                        IcamCameraSetting       *wanted,
                                        const char *const       *names);
GVariant *icam_camera_setting_changes  (const IcamCameraSetting *from,
                                        const IcamCameraSetting *to);
char     *icam_camera_setting_to_text  (const IcamCameraSetting *from,
                                        const IcamCameraSetting *to,
                                        const char              *older);
void      icam_camera_setting_from_text (const char              *text,
                                         const IcamCameraSetting *now,
                                         IcamCameraSetting       *before);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IcamCameraSetting, icam_camera_setting_clear)

G_END_DECLS
