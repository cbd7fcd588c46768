/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-live-hub.h"
#include "media/icam-media.h"

#include <errno.h>
#include <gst/check/gstharness.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"
#include "media/icam-frame-time.h"
#include "media/icam-live-hub-private.h"
#include "test-clip.h"

#define LIMIT_MS 20000
#define FIRST_US G_GINT64_CONSTANT (1700000000000000)

typedef struct
{
  IcamLiveHub *hub;
  IcamLiveStream *stream;
  IcamUuid channel;
  GPtrArray *units;
  GstCaps *caps;
} Fixture;

typedef struct
{
  IcamLiveHeader header;
  guint8 *payload;
} Record;

static void
record_clear (Record *record)
{
  g_clear_pointer (&record->payload, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Record, record_clear)

static void
setup (Fixture      *f,
       gconstpointer data)
{
  icam_uuid_generate (&f->channel);
  f->hub = icam_live_hub_new ();
  f->stream = icam_live_hub_add_stream (f->hub, &f->channel, ICAM_ROLE_MAIN);
  f->units = test_clip_new (data != NULL ? data : "ball", TEST_CLIP_AVC, 320, 240, 60, &f->caps);
}

static void
teardown (Fixture      *f,
          gconstpointer data)
{
  g_clear_object (&f->stream);
  g_clear_object (&f->hub);
  g_ptr_array_unref (f->units);
  gst_clear_caps (&f->caps);
}

static void
push (Fixture *f,
      guint    i)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_copy (g_ptr_array_index (f->units, i % 60));

  icam_frame_time_set (buffer, FIRST_US + i * 66667, 0);
  icam_live_stream_push (f->stream, buffer);
}

/* Returns FALSE at the end of the socket. */
static gboolean
read_all (int     fd,
          guint8 *out,
          gsize   size)
{
  while (size > 0)
    {
      struct pollfd pfd = { .fd = fd, .events = POLLIN };
      ssize_t n;

      g_assert_cmpint (poll (&pfd, 1, LIMIT_MS), >, 0);
      n = read (fd, out, size);
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      g_assert_cmpint (n, >=, 0);
      if (n == 0)
        return FALSE;
      out += n;
      size -= (gsize) n;
    }

  return TRUE;
}

static gboolean
read_record (Fixture *f,
             int      fd,
             Record  *record)
{
  guint8 header[ICAM_LIVE_HEADER_SIZE];
  g_autoptr (GError) error = NULL;

  record_clear (record);
  if (!read_all (fd, header, sizeof header))
    return FALSE;
  icam_live_header_parse (header, &record->header, &error);
  g_assert_no_error (error);
  g_assert_true (icam_uuid_equal (&record->header.channel, &f->channel));
  record->payload = g_malloc0 (record->header.length + 1);
  g_assert_true (read_all (fd, record->payload, record->header.length));
  return TRUE;
}

static void
expect_state (Fixture    *f,
              int         fd,
              const char *state)
{
  g_auto (Record) record = { 0 };

  g_assert_true (read_record (f, fd, &record));
  g_assert_cmpint (record.header.kind, ==, ICAM_LIVE_STATE);
  g_assert_cmpstr ((char *) record.payload, ==, state);
}

static void
expect_caps (Fixture *f,
             int      fd)
{
  g_auto (Record) record = { 0 };
  IcamLiveCaps caps;

  g_assert_true (read_record (f, fd, &record));
  g_assert_cmpint (record.header.kind, ==, ICAM_LIVE_CAPS);
  g_assert_cmpint (record.header.codec, ==, ICAM_CODEC_H264);
  g_assert_true (icam_live_caps_parse (record.payload, record.header.length, &caps, NULL));
  g_assert_cmpuint (caps.width, ==, 320);
  g_assert_cmpuint (caps.height, ==, 240);
  g_assert_true (icam_bitstream_has_params (ICAM_CODEC_H264, caps.private_data, caps.private_size));
}

static void
expect_frame (Fixture *f,
              int      fd,
              guint    i,
              guint32  flags)
{
  g_auto (Record) record = { 0 };
  gpointer data;
  gsize size;

  g_assert_true (read_record (f, fd, &record));
  g_assert_cmpint (record.header.kind, ==, ICAM_LIVE_FRAME);
  g_assert_cmpint (record.header.utc_us, ==, FIRST_US + i * 66667);
  g_assert_cmphex (record.header.flags & ~(guint32) ICAM_LIVE_DISCONT, ==,
                   flags | (i % 15 == 0 ? ICAM_LIVE_KEY : 0));

  /* The access unit, bit by bit, as a byte stream. */
  gst_buffer_extract_dup (g_ptr_array_index (f->units, i % 60), 0, (gsize) -1, &data, &size);
  g_assert_true (icam_bitstream_to_annex_b (data, size));
  g_assert_cmpmem (record.payload, record.header.length, data, size);
  g_free (data);
}

static void
test_viewers (Fixture      *f,
              gconstpointer data)
{
  int first, second;
  IcamLiveRates rates;

  first = icam_live_stream_open (f->stream, NULL);
  g_assert_cmpint (first, >=, 0);
  icam_live_stream_set_state (f->stream, "connecting");
  expect_state (f, first, "connecting");
  icam_live_stream_set_caps (f->stream, f->caps);
  expect_caps (f, first);
  icam_live_stream_set_state (f->stream, "live");
  expect_state (f, first, "live");

  for (guint i = 0; i < 20; i++)
    push (f, i);
  for (guint i = 0; i < 20; i++)
    expect_frame (f, first, i, 0);

  /* One who comes in the middle of a group gets it at once, all but the newest as past. */
  second = icam_live_stream_open (f->stream, NULL);
  g_assert_cmpuint (icam_live_stream_get_viewers (f->stream), ==, 2);
  expect_caps (f, second);
  expect_state (f, second, "live");
  for (guint i = 15; i < 20; i++)
    expect_frame (f, second, i, i < 19 ? ICAM_LIVE_PAST : 0);
  icam_live_stream_set_unverified (f->stream, TRUE);
  push (f, 20);
  expect_frame (f, first, 20, ICAM_LIVE_UNVERIFIED);
  expect_frame (f, second, 20, ICAM_LIVE_UNVERIFIED);

  icam_live_stream_get_rates (f->stream, &rates);
  g_assert_cmpint (rates.newest_us, ==, FIRST_US + 20 * 66667);

  /* One leaves, the other does not notice. */
  close (second);
  for (guint i = 21; i < 30; i++)
    {
      push (f, i);
      expect_frame (f, first, i, ICAM_LIVE_UNVERIFIED);
    }
  while (icam_live_stream_get_viewers (f->stream) != 1)
    g_thread_yield ();

  /* A camera that is gone has no pictures to begin with. */
  g_assert_cmpuint (icam_live_hub_get_kept (f->hub), >, 0);
  icam_live_stream_set_state (f->stream, "camera-silent");
  g_assert_cmpuint (icam_live_hub_get_kept (f->hub), ==, 0);
  expect_state (f, first, "camera-silent");
  second = icam_live_stream_open (f->stream, NULL);
  expect_caps (f, second);
  expect_state (f, second, "camera-silent");

  /* Without a stream there is nobody to look at. */
  g_clear_object (&f->stream);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (Record) record = { 0 };

      g_assert_false (read_record (f, i == 0 ? first : second, &record));
    }
  close (first);
  close (second);
}

typedef struct
{
  int calls, watched; /* atomic */
} Told;

static void
told_cb (gboolean watched,
         gpointer user_data)
{
  Told *told = user_data;

  g_assert_cmpint (g_atomic_int_get (&told->watched), !=, watched);
  g_atomic_int_set (&told->watched, watched);
  g_atomic_int_inc (&told->calls);
}

/* It is told when the first comes and the last has gone, and nothing else. */
static void
test_watch (Fixture      *f,
            gconstpointer data)
{
  Told told = { 0 }, other = { 0 };
  int first, second;

  icam_live_stream_set_watch (f->stream, told_cb, &told);
  g_assert_cmpint (g_atomic_int_get (&told.calls), ==, 0);

  first = icam_live_stream_open (f->stream, NULL);
  g_assert_true (g_atomic_int_get (&told.watched));
  second = icam_live_stream_open (f->stream, NULL);
  close (first);
  while (icam_live_stream_get_viewers (f->stream) != 1)
    g_thread_yield ();
  g_assert_cmpint (g_atomic_int_get (&told.calls), ==, 1);
  close (second);
  while (g_atomic_int_get (&told.watched))
    g_thread_yield ();

  /* In quick succession what is told last is what is so. */
  for (guint i = 0; i < 200; i++)
    {
      first = icam_live_stream_open (f->stream, NULL);
      close (first);
    }
  first = icam_live_stream_open (f->stream, NULL);
  while (icam_live_stream_get_viewers (f->stream) != 1)
    g_thread_yield ();
  g_assert_true (g_atomic_int_get (&told.watched));

  /* Whoever is told in its place hears at once that somebody looks; who was told before, nothing more. */
  icam_live_stream_set_watch (f->stream, told_cb, &other);
  g_assert_true (g_atomic_int_get (&other.watched));
  close (first);
  while (g_atomic_int_get (&other.watched))
    g_thread_yield ();
  g_assert_true (g_atomic_int_get (&told.watched));

  icam_live_stream_set_watch (f->stream, NULL, NULL);
  first = icam_live_stream_open (f->stream, NULL);
  g_assert_false (g_atomic_int_get (&other.watched));
  close (first);
}

/* One who does not read costs the others nothing, and goes on at a key frame when he reads again. */
static void
test_stalled (Fixture      *f,
              gconstpointer data)
{
  int stalled, reader, size = 4096;
  guint last = 0, n = 600, read = 0;
  gboolean gap = FALSE;

  icam_live_stream_set_caps (f->stream, f->caps);
  icam_live_stream_set_state (f->stream, "live");
  stalled = icam_live_stream_open (f->stream, NULL);
  reader = icam_live_stream_open (f->stream, NULL);
  g_assert_cmpint (setsockopt (stalled, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), ==, 0);
  expect_caps (f, reader);
  expect_state (f, reader, "live");
  for (guint i = 0; i < n; i++)
    {
      push (f, i);
      expect_frame (f, reader, i, 0);
    }

  expect_caps (f, stalled);
  expect_state (f, stalled, "live");
  while (last < n - 1)
    {
      g_auto (Record) record = { 0 };
      guint i;

      g_assert_true (read_record (f, stalled, &record));
      i = (guint) ((record.header.utc_us - FIRST_US) / 66667);
      if (read > 0 && i != last + 1)
        {
          gap = TRUE;
          g_assert_true (record.header.flags & ICAM_LIVE_KEY);
          g_assert_true (record.header.flags & ICAM_LIVE_DISCONT);
        }
      last = i;
      read++;
    }
  g_test_message ("the stalled viewer got %u of %u frames", read, n);
  g_assert_true (gap);
  close (stalled);
  close (reader);
}

/* A group of a large stream is kept too, and who comes gets it whole, though the next pictures come before he has read any of it. */
static void
test_large_group (Fixture      *f,
                  gconstpointer data)
{
  gsize size = 1024 * 1024;
  int viewer = -1;

  icam_live_stream_set_caps (f->stream, f->caps);
  icam_live_stream_set_state (f->stream, "live");
  for (guint i = 0; i < 14; i++)
    {
      g_autoptr (GstBuffer) buffer = gst_buffer_copy_deep (g_ptr_array_index (f->units, i));

      /* Zeroes behind a NAL unit are nothing (H.264, annex B). */
      if (i == 12)
        {
          viewer = icam_live_stream_open (f->stream, NULL);
          g_assert_cmpint (viewer, >=, 0);
        }
      gst_buffer_append_memory (buffer, gst_allocator_alloc (NULL, size, NULL));
      gst_buffer_memset (buffer, gst_buffer_get_size (buffer) - size, 0, size);
      {
        GstMapInfo map;
        GstMemory *last;

        /* As a unit of filler data with its length before it. */
        last = gst_buffer_peek_memory (buffer, gst_buffer_n_memory (buffer) - 1);
        g_assert_true (gst_memory_map (last, &map, GST_MAP_WRITE));
        GST_WRITE_UINT32_BE (map.data, size - 4);
        map.data[4] = 12;
        gst_memory_unmap (last, &map);
      }
      icam_frame_time_set (buffer, FIRST_US + i * 66667, 0);
      icam_live_stream_push (f->stream, buffer);
    }

  expect_caps (f, viewer);
  expect_state (f, viewer, "live");
  for (guint i = 0; i < 14; i++)
    {
      g_auto (Record) record = { 0 };

      g_assert_true (read_record (f, viewer, &record));
      g_assert_cmpint (record.header.utc_us, ==, FIRST_US + i * 66667);
      g_assert_cmpuint (record.header.length, >, size);
    }
  close (viewer);
}

static guint
count_queued (IcamLiveViewer *viewer,
              IcamLiveKind    kind)
{
  guint n = 0;

  for (GList *l = viewer->queue.head; l != NULL; l = l->next)
    n += ((IcamLiveEntry *) l->data)->item->header.kind == kind;
  return n;
}

/* However little a stream sends: who is behind by more than a second is not shown the past when he reads again. */
static void
test_debt (void)
{
  int fds[2];
  IcamLiveViewer *viewer;
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  IcamLiveHeader header = { .kind = ICAM_LIVE_CAPS };
  g_autoptr (IcamLiveItem) caps = icam_live_item_new_bytes (&header, bytes);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  viewer = icam_live_viewer_new (fds[0], NULL);
  icam_live_viewer_add (viewer, caps, 0);
  header.kind = ICAM_LIVE_FRAME;
  for (guint i = 0; i < 31; i++)
    {
      g_autoptr (IcamLiveItem) frame = NULL;

      header.flags = i % 15 == 0 ? ICAM_LIVE_KEY : 0;
      frame = icam_live_item_new_bytes (&header, bytes);
      frame->made_us = caps->made_us + i * 60000;
      icam_live_viewer_push (viewer, frame);
      if (i == 15)
        g_assert_cmpuint (count_queued (viewer, ICAM_LIVE_FRAME), ==, 16);
    }
  /* The second key frame came after 0.9 s, the third after 1.8. */
  g_assert_cmpuint (count_queued (viewer, ICAM_LIVE_FRAME), ==, 1);
  g_assert_cmpuint (count_queued (viewer, ICAM_LIVE_CAPS), ==, 1);
  icam_live_viewer_free (viewer);
  close (fds[1]);
}

/* Frames of another format than the last caps say never reach anybody. */
static void
test_hostile (Fixture      *f,
              gconstpointer data)
{
  int fd = icam_live_stream_open (f->stream, NULL);
  g_autoptr (GstBuffer) junk = gst_buffer_new_memdup ("\xff\xff\xff\xff junk", 9);
  g_autoptr (GstBuffer) empty = gst_buffer_new ();

  push (f, 0); /* no caps yet */
  icam_live_stream_set_caps (f->stream, f->caps);
  icam_live_stream_push (f->stream, junk);
  icam_live_stream_push (f->stream, empty);
  push (f, 0);
  expect_caps (f, fd);
  expect_frame (f, fd, 0, 0);
  close (fd);
}

static void
test_sink (Fixture      *f,
           gconstpointer data)
{
  GstHarness *h = gst_harness_new ("icamlivesink");
  int fd = icam_live_stream_open (f->stream, NULL);

  g_object_set (h->element, "stream", f->stream, NULL);
  gst_harness_set_src_caps (h, gst_caps_ref (f->caps));
  for (guint i = 0; i < 3; i++)
    {
      GstBuffer *buffer = gst_buffer_copy (g_ptr_array_index (f->units, i));

      icam_frame_time_set (buffer, FIRST_US + i * 66667, 0);
      g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
    }
  expect_caps (f, fd);
  for (guint i = 0; i < 3; i++)
    expect_frame (f, fd, i, 0);

  /* Taken away, nothing more comes. */
  g_object_set (h->element, "stream", NULL, NULL);
  g_assert_cmpint (gst_harness_push (h, gst_buffer_copy (g_ptr_array_index (f->units, 3))), ==,
                   GST_FLOW_OK);
  icam_live_stream_set_state (f->stream, "paused");
  expect_state (f, fd, "paused");
  close (fd);
  gst_harness_teardown (h);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();

#define ADD(path, func, data) g_test_add (path, Fixture, data, setup, func, teardown)
  ADD ("/media/live-hub/viewers", test_viewers, NULL);
  ADD ("/media/live-hub/watch", test_watch, NULL);
  ADD ("/media/live-hub/stalled", test_stalled, "snow");
  ADD ("/media/live-hub/large-group", test_large_group, "snow");
  g_test_add_func ("/media/live-hub/debt", test_debt);
  ADD ("/media/live-hub/hostile", test_hostile, NULL);
  ADD ("/media/live-hub/sink", test_sink, NULL);

  return g_test_run ();
}
