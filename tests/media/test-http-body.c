/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-http-body.h"

#include <string.h>

#define N_PICTURES 4

typedef struct
{
  GPtrArray *pictures; /* of GBytes */
} Fixture;

/* Looks like a JPEG picture; has in it what a careless parser takes for an end. */
static GBytes *
make_picture (guint number)
{
  GByteArray *bytes = g_byte_array_new ();
  static const guint8 begin[] = { 0xff, 0xd8, 0xff, 0xe0 }, end[] = { 0xff, 0xd9 };

  g_byte_array_append (bytes, begin, sizeof begin);
  for (guint i = 0; i < 900 + 100 * number; i++)
    {
      guint8 byte = (guint8) (i * 7 + number);

      g_byte_array_append (bytes, &byte, 1);
    }
  g_byte_array_append (bytes, (const guint8 *) "\r\n--boun\r\n\n--", 13);
  g_byte_array_append (bytes, end, sizeof end);
  return g_byte_array_free_to_bytes (bytes);
}

static void
on_picture (guint8  *data,
            gsize    size,
            gpointer user_data)
{
  Fixture *f = user_data;

  g_ptr_array_add (f->pictures, g_bytes_new_take (data, size));
}

static void
setup (Fixture      *f,
       gconstpointer data)
{
  f->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
teardown (Fixture      *f,
          gconstpointer data)
{
  g_ptr_array_unref (f->pictures);
}

static void
assert_pictures (Fixture *f,
                 guint    n)
{
  g_assert_cmpuint (f->pictures->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GBytes) wanted = make_picture (i);

      g_assert_true (g_bytes_equal (wanted, f->pictures->pdata[i]));
    }
}

typedef struct
{
  const char *type;
  const char *delimiter; /* as it stands in the body; NULL: one picture */
  gboolean lengths, chunked, ends;
} Kind;

static void
append_chunk (GByteArray *out,
              const void *data,
              gsize       size,
              gboolean    chunked)
{
  /* Cut in two, wherever that is. */
  for (gsize at = 0; at < size;)
    {
      gsize piece = chunked ? MIN (size - at, 57) : size;
      g_autofree char *line = g_strdup_printf ("%zx;x=y\r\n", piece);

      if (chunked)
        g_byte_array_append (out, (const guint8 *) line, (guint) strlen (line));
      g_byte_array_append (out, (const guint8 *) data + at, (guint) piece);
      if (chunked)
        g_byte_array_append (out, (const guint8 *) "\r\n", 2);
      at += piece;
    }
}

static GByteArray *
make_answer (const Kind *kind)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GString) head = g_string_new (NULL);

  g_string_append_printf (head, "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-type: %s\r\n", kind->type);
  if (kind->chunked)
    g_string_append (head, "Transfer-Encoding: chunked\r\n");
  if (kind->delimiter == NULL && kind->lengths)
    {
      g_autoptr (GBytes) picture = make_picture (0);

      g_string_append_printf (head, "Content-Length: %zu\r\n", g_bytes_get_size (picture));
    }
  g_string_append (head, "\r\n");
  g_byte_array_append (out, (const guint8 *) head->str, (guint) head->len);

  for (guint i = 0; i < (kind->delimiter != NULL ? N_PICTURES : 1); i++)
    {
      g_autoptr (GBytes) picture = make_picture (i);
      gsize size;
      const void *data = g_bytes_get_data (picture, &size);

      if (kind->delimiter != NULL)
        {
          g_autofree char *part = g_strdup_printf ("%s%s\r\nContent-Type: image/jpeg\r\nX-Timestamp: 12.5\r\n", i > 0 ? "\r\n" : "",
                                                   kind->delimiter);
          g_autofree char *length = g_strdup_printf ("Content-Length:%zu\r\n", size);

          append_chunk (out, part, strlen (part), kind->chunked);
          if (kind->lengths)
            append_chunk (out, length, strlen (length), kind->chunked);
          append_chunk (out, "\r\n", 2, kind->chunked);
        }
      append_chunk (out, data, size, kind->chunked);
    }
  if (kind->delimiter != NULL && kind->ends)
    {
      g_autofree char *last = g_strdup_printf ("\r\n%s--\r\n", kind->delimiter);

      append_chunk (out, last, strlen (last), kind->chunked);
    }
  if (kind->chunked)
    g_byte_array_append (out, (const guint8 *) "0\r\nX: y\r\n\r\n", 11);
  return out;
}

static const Kind kinds[] = {
  { "multipart/x-mixed-replace; boundary=boundary", "--boundary", TRUE, FALSE, TRUE },
  { "multipart/x-mixed-replace;boundary=\"--boundary\"", "--boundary", TRUE, TRUE, TRUE },
  { "Multipart/X-Mixed-Replace; charset=x; boundary=boundary", "--boundary", FALSE, FALSE, TRUE },
  { "multipart/x-mixed-replace; boundary=boundary", "--boundary", FALSE, TRUE, TRUE },
  { "image/jpeg", NULL, TRUE, FALSE, FALSE },
  { "image/jpeg", NULL, FALSE, TRUE, FALSE },
  { "image/jpeg", NULL, FALSE, FALSE, FALSE },
};

/* Cut in two at every byte, byte by byte, and whole. */
static void
test_cuts (Fixture      *f,
           gconstpointer data)
{
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (GByteArray) answer = make_answer (&kinds[k]);
      guint n = kinds[k].delimiter != NULL ? N_PICTURES : 1;
      g_auto (IcamHttpHead) head = { 0 };
      gssize begin = icam_http_head_parse (&head, (const char *) answer->data, answer->len);

      g_assert_cmpint (begin, >, 0);
      g_assert_cmpuint (head.status, ==, 200);
      for (gsize cut = (gsize) begin; cut <= answer->len; cut++)
        {
          g_autoptr (IcamHttpBody) body = icam_http_body_new (&head);
          gsize step = cut == answer->len ? 1 : answer->len;

          g_ptr_array_set_size (f->pictures, 0);
          for (gsize at = (gsize) begin; at < answer->len && !icam_http_body_is_over (body);)
            {
              gsize end = at < cut ? MIN (cut, at + step) : answer->len;
              gsize used;

              used = icam_http_body_push (body, answer->data + at, end - at, on_picture, f);
              g_assert_cmpuint (used, >, 0);
              g_assert_false (icam_http_body_is_bad (body));
              at += used;
            }
          if (!kinds[k].ends && kinds[k].delimiter == NULL && !kinds[k].lengths && !kinds[k].chunked)
            icam_http_body_end (body, on_picture, f);
          assert_pictures (f, n);
        }
    }
}

/* No more is read than belongs to the picture, so that the stamp of the last read is that of its end. */
static void
test_missing (Fixture      *f,
              gconstpointer data)
{
  for (guint k = 0; k < 2; k++)
    {
      g_autoptr (GByteArray) answer = make_answer (&kinds[k]);
      g_auto (IcamHttpHead) head = { 0 };
      gsize at = (gsize) icam_http_head_parse (&head, (const char *) answer->data, answer->len);
      g_autoptr (IcamHttpBody) body = icam_http_body_new (&head);
      guint seen = 0;

      while (at < answer->len && f->pictures->len < N_PICTURES)
        {
          gsize missing = icam_http_body_get_missing (body);

          g_assert_cmpuint (missing, >, 0);
          missing = MIN (missing, answer->len - at);
          g_assert_cmpuint (icam_http_body_push (body, answer->data + at, missing, on_picture, f), ==, missing);
          at += missing;
          /* One at most: two with one stamp would be one too many. */
          g_assert_cmpuint (f->pictures->len, <=, seen + 1);
          seen = f->pictures->len;
        }
      assert_pictures (f, N_PICTURES);
      g_ptr_array_set_size (f->pictures, 0);
    }
}

static void
test_head (Fixture      *f,
           gconstpointer data)
{
  static const char *const none[] = { "RTSP/1.0 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1\r\n\r\n" };
  static const char text[] = "HTTP/1.0 401 No\nWWW-Authenticate: Digest realm=\"a\"\nwww-authenticate: Basic realm=\"b\"\n"
                             "Connection: Close\nLocation:  /there \nContent-Length: 7\n\nbody";
  g_autofree char *endless = g_strnfill (ICAM_HTTP_MAX_HEAD + 1, 'x');
  g_auto (IcamHttpHead) head = { 0 };

  for (gsize size = 0; size < sizeof text - 1 - 4; size++)
    {
      g_assert_cmpint (icam_http_head_parse (&head, text, size), ==, 0);
      icam_http_head_clear (&head);
    }
  g_assert_cmpint (icam_http_head_parse (&head, text, sizeof text - 1), ==, sizeof text - 1 - 4);
  g_assert_cmpuint (head.status, ==, 401);
  g_assert_cmpint (head.length, ==, 7);
  g_assert_true (head.closes);
  g_assert_cmpstr (head.location, ==, "/there");
  g_assert_cmpuint (g_strv_length (head.challenges), ==, 2);
  g_assert_cmpstr (head.challenges[0], ==, "Digest realm=\"a\"");
  icam_http_head_clear (&head);

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_assert_cmpint (icam_http_head_parse (&head, none[i], strlen (none[i])), <, 0);
      icam_http_head_clear (&head);
    }
  memcpy (endless, "HTTP/1.1 200 OK\r\n", 17);
  g_assert_cmpint (icam_http_head_parse (&head, endless, strlen (endless)), <, 0);
}

static void
test_bad (Fixture      *f,
          gconstpointer data)
{
  static const char *const bodies[][2] = {
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n", "fffffffff\r\n" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n", "here\r\n" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\nContent-Type: image/jpeg\r\n\r\n", "x" },
    { "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Length: 999999999999\r\n\r\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_auto (IcamHttpHead) head = { 0 };
      g_autoptr (IcamHttpBody) body = NULL;

      g_assert_cmpint (icam_http_head_parse (&head, bodies[i][0], strlen (bodies[i][0])), >, 0);
      body = icam_http_body_new (&head);
      icam_http_body_push (body, (const guint8 *) bodies[i][1], strlen (bodies[i][1]), on_picture, f);
      g_assert_true (icam_http_body_is_bad (body));
      g_assert_cmpuint (icam_http_body_push (body, (const guint8 *) "xyz", 3, on_picture, f), ==, 0);
    }
  g_assert_cmpuint (f->pictures->len, ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, setup, func, teardown)
  ADD ("/media/http-body/head", test_head);
  ADD ("/media/http-body/cuts", test_cuts);
  ADD ("/media/http-body/missing", test_missing);
  ADD ("/media/http-body/bad", test_bad);

  return g_test_run ();
}
