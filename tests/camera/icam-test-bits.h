/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Bits of H.264: a reader and a writer with Exp-Golomb codes (ITU-T H.264, 9.1). */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const guint8 *data;
  gsize n_bits;
  gsize at;
} IcamTestBitReader;

typedef struct
{
  guint8 *data;
  gsize size; /* bytes */
  gsize at;   /* bits written */
} IcamTestBitWriter;

guint icam_test_bits_get (IcamTestBitReader *self, guint n);
guint icam_test_bits_get_ue (IcamTestBitReader *self);
int icam_test_bits_get_se (IcamTestBitReader *self);

void icam_test_bits_put (IcamTestBitWriter *self, guint value, guint n);
void icam_test_bits_put_ue (IcamTestBitWriter *self, guint value);
void icam_test_bits_put_se (IcamTestBitWriter *self, int value);
void icam_test_bits_copy (IcamTestBitWriter *self, const guint8 *data, gsize from, gsize n_bits);
void icam_test_bits_put_trailing (IcamTestBitWriter *self);

gsize icam_test_bits_unescape (const guint8 *nal, gsize size, guint8 *rbsp);
gsize icam_test_bits_escape (const guint8 *rbsp, gsize size, guint8 *nal);

G_END_DECLS
