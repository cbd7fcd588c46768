/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-work-queue.h"

#include "media/icam-media-private.h"

/* In buffers and bytes: three seconds of a usual stream. */
#define MAX_BUFFERS 45
#define MAX_BYTES (8u * 1024 * 1024)
/* After so many, another stream gets the thread. */
#define STEPS 4

struct _IcamWorkQueue
{
  GstElement parent_instance;

  GstPad *sink, *src; /* owned by the element */

  GMutex lock;        /* guards what follows; not held while something is pushed */
  GQueue items;       /* of GstBuffer and serialised GstEvent */
  guint n_buffers;
  gsize n_bytes;
  gboolean running;   /* the pads are active */
  gboolean scheduled; /* a thread of the pool has it, or will */
  gboolean skipping;  /* to the next key frame */
  gboolean discont;   /* something was dropped before what comes next */
};

static GstStaticPadTemplate sink_template
  = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template
  = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (IcamWorkQueue, icam_work_queue, GST_TYPE_ELEMENT)

/* With the lock held. */
static void
clear (IcamWorkQueue *self)
{
  g_queue_clear_full (&self->items, (GDestroyNotify) gst_mini_object_unref);
  self->n_buffers = 0;
  self->n_bytes = 0;
}

static void schedule (IcamWorkQueue *self);

/* On a thread of the pool, with a reference. The pad's stream lock is what its deactivation waits for. */
static void
run (gpointer item,
     gpointer user_data)
{
  g_autoptr (IcamWorkQueue) self = item;

  GST_PAD_STREAM_LOCK (self->src);
  for (guint i = 0;; i++)
    {
      GstMiniObject *object;

      g_mutex_lock (&self->lock);
      object = i < STEPS && self->running ? g_queue_pop_head (&self->items) : NULL;
      if (object == NULL)
        {
          if (self->running && self->items.length > 0)
            schedule (self);
          else
            self->scheduled = FALSE;
          g_mutex_unlock (&self->lock);
          break;
        }
      if (GST_IS_BUFFER (object))
        {
          self->n_buffers--;
          self->n_bytes -= gst_buffer_get_size (GST_BUFFER_CAST (object));
        }
      g_mutex_unlock (&self->lock);

      if (GST_IS_BUFFER (object))
        gst_pad_push (self->src, GST_BUFFER_CAST (object));
      else
        gst_pad_push_event (self->src, GST_EVENT_CAST (object));
    }
  GST_PAD_STREAM_UNLOCK (self->src);
}

/* With the lock held. */
static void
schedule (IcamWorkQueue *self)
{
  static GThreadPool *pool;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (run, NULL, (int) CLAMP (g_get_num_processors (), 1, 8),
                                                 FALSE, NULL));

  self->scheduled = TRUE;
  g_thread_pool_push (pool, gst_object_ref (self), NULL);
}

/* With the lock held. Takes @object. */
static void
add (IcamWorkQueue *self,
     GstMiniObject *object)
{
  g_queue_push_tail (&self->items, object);
  if (!self->scheduled)
    schedule (self);
}

static GstFlowReturn
chain_cb (GstPad    *pad,
          GstObject *parent,
          GstBuffer *buffer)
{
  IcamWorkQueue *self = ICAM_WORK_QUEUE (parent);
  gboolean key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  gsize size = gst_buffer_get_size (buffer);
  gboolean full;

  g_mutex_lock (&self->lock);
  if (!self->running)
    {
      g_mutex_unlock (&self->lock);
      gst_buffer_unref (buffer);
      return GST_FLOW_FLUSHING;
    }

  full = self->n_buffers >= MAX_BUFFERS || self->n_bytes + size > MAX_BYTES;
  if (full)
    self->skipping = TRUE;
  else if (key)
    self->skipping = FALSE;

  if (self->skipping)
    {
      self->discont = TRUE;
      gst_buffer_unref (buffer);
    }
  else
    {
      if (self->discont)
        {
          buffer = gst_buffer_make_writable (buffer);
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
          self->discont = FALSE;
        }
      self->n_buffers++;
      self->n_bytes += size;
      add (self, GST_MINI_OBJECT_CAST (buffer));
    }
  g_mutex_unlock (&self->lock);

  /* What goes wrong behind the queue is no concern of who feeds it: others are fed by the same hand. */
  return GST_FLOW_OK;
}

static gboolean
event_cb (GstPad    *pad,
          GstObject *parent,
          GstEvent  *event)
{
  IcamWorkQueue *self = ICAM_WORK_QUEUE (parent);

  if (!GST_EVENT_IS_SERIALIZED (event))
    return gst_pad_push_event (self->src, event);

  g_mutex_lock (&self->lock);
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    clear (self);
  if (self->running)
    add (self, GST_MINI_OBJECT_CAST (event));
  else
    gst_event_unref (event);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
query_cb (GstPad    *pad,
          GstObject *parent,
          GstQuery  *query)
{
  /* A question that must wait for its turn would make who asks wait. */
  if (GST_QUERY_IS_SERIALIZED (query))
    return FALSE;

  return gst_pad_query_default (pad, parent, query);
}

static GstStateChangeReturn
icam_work_queue_change_state (GstElement    *element,
                              GstStateChange transition)
{
  IcamWorkQueue *self = ICAM_WORK_QUEUE (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    {
      g_mutex_lock (&self->lock);
      self->running = TRUE;
      self->skipping = self->discont = FALSE;
      g_mutex_unlock (&self->lock);
    }
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    {
      g_mutex_lock (&self->lock);
      self->running = FALSE;
      clear (self);
      g_mutex_unlock (&self->lock);
    }

  /* Pads are deactivated in here: that waits for the push in flight. */
  return GST_ELEMENT_CLASS (icam_work_queue_parent_class)->change_state (element, transition);
}

static void
icam_work_queue_finalize (GObject *object)
{
  IcamWorkQueue *self = ICAM_WORK_QUEUE (object);

  clear (self);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (icam_work_queue_parent_class)->finalize (object);
}

static void
icam_work_queue_class_init (IcamWorkQueueClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = icam_work_queue_finalize;
  element_class->change_state = icam_work_queue_change_state;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
    element_class, "Queue of a thread pool", "Generic",
    "Hands buffers on from the threads of one bounded pool, and drops whole groups of pictures", ICAM_AUTHOR);
}

static void
icam_work_queue_init (IcamWorkQueue *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->items);

  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sink, chain_cb);
  gst_pad_set_event_function (self->sink, event_cb);
  gst_pad_set_query_function (self->sink, query_cb);
  GST_PAD_SET_PROXY_CAPS (self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);

  self->src = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->src);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}
