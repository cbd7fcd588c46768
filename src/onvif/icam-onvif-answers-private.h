/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-imaging.h"
#include "onvif/icam-onvif-ptz.h"
#include "onvif/icam-onvif-upkeep.h"
#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

/* What is read of answers about moving, picture, clock and relays. @answer may be NULL: then nothing is known. */
void icam_ptz_read_node         (IcamPtzState    *state,
                                 xmlNode         *answer);
void icam_ptz_read_status       (IcamPtzState    *state,
                                 xmlNode         *answer);
void icam_ptz_read_presets      (IcamPtzState    *state,
                                 xmlNode         *answer);
void icam_imaging_read_settings (IcamImaging     *imaging,
                                 xmlNode         *answer);
void icam_imaging_read_options  (IcamImaging     *imaging,
                                 xmlNode         *answer);
void icam_clock_read_ntp        (IcamDeviceClock *clock,
                                 xmlNode         *answer);
void icam_relays_read           (GPtrArray       *relays,
                                 xmlNode         *answer);

G_END_DECLS
