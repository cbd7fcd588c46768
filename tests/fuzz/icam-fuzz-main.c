/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Drives a fuzz target where libFuzzer is not built in: each file of the corpus as it is, then cut,
 * flipped and spliced ones. TAP.
 *
 *   fuzz-NAME FOLDER [RUNS [SEED]] */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The longest input, in bytes. */
#define MAX_SIZE (256 * 1024)

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
read_corpus (const char *folder)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  /* The same order, so that a seed means the same everywhere. */
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      char *text;
      gsize size;

      if (g_file_get_contents (g_ptr_array_index (names, i), &text, &size, NULL))
        g_ptr_array_add (inputs, g_byte_array_new_take ((guint8 *) text, size));
    }

  return inputs;
}

static GByteArray *
pick (GPtrArray *inputs, GRand *rand)
{
  return g_ptr_array_index (inputs, (guint) g_rand_int_range (rand, 0, (gint32) inputs->len));
}

static guint
place (GByteArray *bytes, GRand *rand)
{
  return bytes->len > 0 ? (guint) g_rand_int_range (rand, 0, (gint32) bytes->len) : 0;
}

static void
mutate (GByteArray *bytes, GPtrArray *inputs, GRand *rand)
{
  static const char *const bits[] = { "<",
                                      ">",
                                      "&",
                                      "&#0;",
                                      "\"",
                                      "'",
                                      "]]>",
                                      "<![CDATA[",
                                      "\xff",
                                      "\xc3",
                                      "=",
                                      ",",
                                      ":",
                                      "%",
                                      "<a>",
                                      "</a>",
                                      "99999999999999999999",
                                      "-1",
                                      "0",
                                      " ",
                                      "\r\n",
                                      "<!DOCTYPE a [<!ENTITY b 'c'>]>" };
  guint at = place (bytes, rand);

  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0:
      if (bytes->len > 0)
        bytes->data[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
      break;
    case 1:
      g_byte_array_set_size (bytes, at);
      break;
    case 2:
      if (bytes->len > at)
        g_byte_array_remove_range (
          bytes, at, (guint) g_rand_int_range (rand, 1, (gint32) MIN (64, bytes->len - at) + 1));
      break;
    case 3:
      {
        const char *bit = bits[g_rand_int_range (rand, 0, G_N_ELEMENTS (bits))];
        g_autoptr (GByteArray) tail = g_byte_array_new ();

        g_byte_array_append (tail, bytes->data + at, bytes->len - at);
        g_byte_array_set_size (bytes, at);
        g_byte_array_append (bytes, (const guint8 *) bit, (guint) strlen (bit));
        g_byte_array_append (bytes, tail->data, tail->len);
        break;
      }
    case 4:
      {
        GByteArray *other = pick (inputs, rand);
        guint from = place (other, rand);

        g_byte_array_set_size (bytes, at);
        g_byte_array_append (bytes, other->data + from, other->len - from);
        break;
      }
    default:
      {
        guint length = MIN (bytes->len - at, 200);
        g_autofree guint8 *copy = g_memdup2 (bytes->data + at, length);

        for (int i = 0; i < 4 && copy != NULL; i++)
          g_byte_array_append (bytes, copy, length);
        break;
      }
    }

  if (bytes->len > MAX_SIZE)
    g_byte_array_set_size (bytes, MAX_SIZE);
}

/* In memory of exactly its size, so that a sanitizer sees every step beyond. */
static void
run (const guint8 *data, gsize size)
{
  guint8 *copy = malloc (size > 0 ? size : 1);

  if (size > 0)
    memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
  free (copy);
}

int
main (int argc, char **argv)
{
  guint runs = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 2000;
  guint32 seed = argc > 3 ? (guint32) strtoul (argv[3], NULL, 10) : 1;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GPtrArray) inputs = NULL;

  g_assert_cmpint (argc, >, 1);
  inputs = read_corpus (argv[1]);
  g_assert_cmpuint (inputs->len, >, 0);

  g_print ("1..2\n");
  run (NULL, 0);
  for (guint i = 0; i < inputs->len; i++)
    {
      GByteArray *input = g_ptr_array_index (inputs, i);

      run (input->data, input->len);
    }
  g_print ("ok 1 - %u inputs of the corpus\n", inputs->len);

  for (guint i = 0; i < runs; i++)
    {
      GByteArray *input = pick (inputs, rand);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      g_byte_array_append (bytes, input->data, input->len);
      for (gint32 n = g_rand_int_range (rand, 1, 8); n > 0; n--)
        mutate (bytes, inputs, rand);
      run (bytes->data, bytes->len);
    }
  g_print ("ok 2 - %u mutated ones, seed %u\n", runs, seed);
  return 0;
}
