/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The sound of the test camera: a soft wind, encoded once. */

#include <gst/gst.h>

#include "icam-test-device.h"

G_BEGIN_DECLS

/**
 * IcamTestAudioLoop:
 * @frames: (element-type GBytes): packets of the loop
 * @rate: samples a second
 * @samples: samples in a packet
 * @caps: of the packets
 */
typedef struct
{
  GPtrArray *frames;
  int rate;
  int samples;
  char *caps;
} IcamTestAudioLoop;

gboolean icam_test_audio_prepare (IcamTestAudio audio, GError **error);
const IcamTestAudioLoop *icam_test_audio_get (IcamTestAudio audio);

G_END_DECLS
