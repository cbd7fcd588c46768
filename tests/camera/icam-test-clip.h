/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The encoded pictures: made once, kept in a cache, played in a loop.
 *
 * A clip is a row of groups of pictures that all begin with a key frame, so that any group may
 * follow any other: some quiet ones, then the groups of each visit.
 */

#include <glib.h>
#include <gst/gst.h>

#include "icam-test-scene.h"
#include "icam-test-strip.h"

G_BEGIN_DECLS

/** ICAM_TEST_FPS: pictures a second. */
#define ICAM_TEST_FPS 15
/** ICAM_TEST_GOP: pictures from key frame to key frame. */
#define ICAM_TEST_GOP 30
/** ICAM_TEST_QUIET_GOPS, ICAM_TEST_VISIT_GOPS: groups of pictures in the parts of a clip. */
#define ICAM_TEST_QUIET_GOPS 5
#define ICAM_TEST_VISIT_GOPS 4

typedef enum
{
  ICAM_TEST_CODEC_H264,
  ICAM_TEST_CODEC_H265,
} IcamTestCodec;

/**
 * IcamTestClipSpec:
 * @codec: how it is encoded
 * @footage: (nullable): a file that is played in place of a scene
 * @scene: number of the scene
 * @width: width of the picture that is sent
 * @height: height of the picture that is sent
 * @rate: pictures a second, %ICAM_TEST_FPS at most; 0: that many
 * @plain: no strip: the scene fills the picture, and the code is in the SEI message alone
 * @code: what is drawn into the picture where the strip cannot be written afterwards (H.265)
 */
typedef struct
{
  IcamTestCodec codec;
  const char *footage;
  guint scene;
  guint width;
  guint height;
  guint rate;
  gboolean plain;
  IcamTestCode code;
} IcamTestClipSpec;

/**
 * IcamTestClipFrame:
 * @key: whether it is a key frame
 * @actor: whether an actor is in the picture
 * @absent: it is left out, as the clip has fewer pictures a second
 * @strip: H.264: the picture, ready for its strip
 * @units: H.265: NAL units, each with a length of four bytes
 * @units_size: length of @units in bytes
 * @crc: H.265: checksum of the NAL units of the picture, without start codes
 */
typedef struct
{
  gboolean key;
  gboolean actor;
  gboolean absent;
  IcamTestStripFrame strip;
  guint8 *units;
  gsize units_size;
  gulong crc;
} IcamTestClipFrame;

typedef struct
{
  IcamTestCodec codec;
  guint width, height;
  guint rate;
  guint n_frames;
  guint n_quiet_gops; /* before the visits */
  gboolean has_visits;
  IcamTestClipFrame *frames;
  IcamTestStripParameters parameters; /* H.264 */
  guint8 *parameter_sets;             /* VPS, SPS, PPS, each with a length of four bytes */
  gsize parameter_sets_size;
  char *caps; /* of what the pump pushes */
} IcamTestClip;

IcamTestClip *icam_test_clip_get (const IcamTestClipSpec *spec, GError **error);
guint icam_test_clip_first_of_visit (const IcamTestClip *self, guint visit);

G_END_DECLS
