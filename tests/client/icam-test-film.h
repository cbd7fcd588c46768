/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Encoded pictures whose content says which one it is: flat, the brightness is the number. */

#pragma once

#include "media/icam-decoder.h"

G_BEGIN_DECLS

#define ICAM_FILM_WIDTH 160
#define ICAM_FILM_HEIGHT 96

typedef struct
{
  GPtrArray *frames; /* of GBytes, H.264 access units in decoding order; without reordering */
  GBytes *private_data; /* AVCDecoderConfigurationRecord; NULL for Annex B */
  guint key_distance;
} IcamTestFilm;

IcamTestFilm *icam_test_film_new     (guint         n_frames,
                                      guint         key_distance,
                                      gboolean      annex_b);
void          icam_test_film_free    (IcamTestFilm *self);
/* Which frame a picture is: its brightness as a number. Frame n has 40 + 4 (n mod 48). */
guint         icam_test_film_number  (IcamPicture  *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamTestFilm, icam_test_film_free)

G_END_DECLS
