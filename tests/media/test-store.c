/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-store.h"

struct _TestStore
{
  GObject parent_instance;

  GMutex lock;
  int inside;
  GArray *packets[ICAM_N_TRACKS];
  IcamTrack *tracks[ICAM_N_TRACKS];
  int cause;
};

static void test_store_iface_init (IcamSegmentStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestStore, test_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ICAM_TYPE_SEGMENT_STORE,
                                                      test_store_iface_init))

static void
enter (TestStore *self)
{
  g_assert_cmpint (g_atomic_int_add (&self->inside, 1), ==, 0);
  g_mutex_lock (&self->lock);
}

static void
leave (TestStore *self)
{
  g_mutex_unlock (&self->lock);
  g_atomic_int_add (&self->inside, -1);
}

static void
set_track (IcamSegmentStore *store,
           guint             track,
           IcamTrack        *info)
{
  TestStore *self = TEST_STORE (store);

  enter (self);
  g_clear_pointer (&self->tracks[track], icam_track_unref);
  self->tracks[track] = info != NULL ? icam_track_ref (info) : NULL;
  leave (self);
}

static void
push (IcamSegmentStore *store,
      IcamPacket       *packet)
{
  TestStore *self = TEST_STORE (store);

  enter (self);
  g_assert_nonnull (self->tracks[packet->track]);
  if (self->packets[packet->track]->len == 0 && packet->track == ICAM_TRACK_VIDEO)
    g_assert_true (packet->flags & ICAM_PACKET_KEY);
  g_array_append_val (self->packets[packet->track], *packet);
  packet->data = NULL;
  self->cause = -1;
  leave (self);
}

static void
interrupt (IcamSegmentStore *store,
           IcamGapCause      cause)
{
  TestStore *self = TEST_STORE (store);

  enter (self);
  self->cause = (int) cause;
  leave (self);
}

static void
test_store_iface_init (IcamSegmentStoreInterface *iface)
{
  iface->set_track = set_track;
  iface->push = push;
  iface->interrupt = interrupt;
}

static void
test_store_finalize (GObject *object)
{
  TestStore *self = TEST_STORE (object);

  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    {
      g_array_unref (self->packets[i]);
      g_clear_pointer (&self->tracks[i], icam_track_unref);
    }
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (test_store_parent_class)->finalize (object);
}

static void
test_store_class_init (TestStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_store_finalize;
}

static void
test_store_init (TestStore *self)
{
  g_mutex_init (&self->lock);
  self->cause = -1;
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    {
      self->packets[i] = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
      g_array_set_clear_func (self->packets[i], (GDestroyNotify) icam_packet_clear);
    }
}

TestStore *
test_store_new (void)
{
  return g_object_new (TEST_TYPE_STORE, NULL);
}

guint
test_store_count (TestStore *self,
                  guint      track)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->packets[track]->len;
  g_mutex_unlock (&self->lock);
  return n;
}

IcamPacket *
test_store_get (TestStore *self,
                guint      track,
                guint      index)
{
  return &g_array_index (self->packets[track], IcamPacket, index);
}

IcamTrack *
test_store_get_track (TestStore *self,
                      guint      track)
{
  return self->tracks[track];
}

int
test_store_get_cause (TestStore *self)
{
  int cause;

  g_mutex_lock (&self->lock);
  cause = self->cause;
  g_mutex_unlock (&self->lock);
  return cause;
}
