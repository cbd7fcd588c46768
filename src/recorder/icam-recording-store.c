/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-recording-store.h"

struct _IcamRecordingStore
{
  GObject parent_instance;
  GMutex lock;
  IcamRecording *recording; /* borrowed; under lock: streaming threads push, the main thread detaches */
};

static void icam_recording_store_iface_init (IcamSegmentStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (IcamRecordingStore, icam_recording_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ICAM_TYPE_SEGMENT_STORE, icam_recording_store_iface_init))

static void
icam_recording_store_set_track (IcamSegmentStore *store,
                                guint             track,
                                IcamTrack        *info)
{
  IcamRecordingStore *self = ICAM_RECORDING_STORE (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording != NULL)
    icam_recording_set_track (self->recording, track, info);
}

static void
icam_recording_store_push (IcamSegmentStore *store,
                           IcamPacket       *packet)
{
  IcamRecordingStore *self = ICAM_RECORDING_STORE (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording != NULL)
    icam_recording_push (self->recording, packet);
  else
    icam_packet_clear (packet);
}

static void
icam_recording_store_interrupt (IcamSegmentStore *store,
                                IcamGapCause      cause)
{
  IcamRecordingStore *self = ICAM_RECORDING_STORE (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording != NULL)
    icam_recording_interrupt (self->recording, cause);
}

static void
icam_recording_store_iface_init (IcamSegmentStoreInterface *iface)
{
  iface->set_track = icam_recording_store_set_track;
  iface->push = icam_recording_store_push;
  iface->interrupt = icam_recording_store_interrupt;
}

static void
icam_recording_store_finalize (GObject *object)
{
  g_mutex_clear (&ICAM_RECORDING_STORE (object)->lock);
  G_OBJECT_CLASS (icam_recording_store_parent_class)->finalize (object);
}

static void
icam_recording_store_class_init (IcamRecordingStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_recording_store_finalize;
}

static void
icam_recording_store_init (IcamRecordingStore *self)
{
  g_mutex_init (&self->lock);
}

/**
 * icam_recording_store_new:
 * @recording: the recording; it must live until icam_recording_store_detach()
 *
 * Returns: (transfer full): a store for one connection
 */
IcamRecordingStore *
icam_recording_store_new (IcamRecording *recording)
{
  IcamRecordingStore *self = g_object_new (ICAM_TYPE_RECORDING_STORE, NULL);

  self->recording = recording;
  return self;
}

/**
 * icam_recording_store_set_identity:
 * @self: a store
 * @identity: what is known now of the device
 */
void
icam_recording_store_set_identity (IcamRecordingStore *self,
                                   IcamIdentity        identity)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording != NULL)
    icam_recording_set_identity (self->recording, identity);
}

/**
 * icam_recording_store_detach:
 * @self: a store
 * @cause: why what follows is missing
 *
 * When this returns no thread is in the recording on behalf of this connection, and none will be.
 */
void
icam_recording_store_detach (IcamRecordingStore *self,
                             IcamGapCause        cause)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording != NULL)
    icam_recording_interrupt (self->recording, cause);
  self->recording = NULL;
}
