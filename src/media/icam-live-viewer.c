/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-hub-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a viewer may owe: beyond it, or with a debt older than this when a key frame comes, it is cut to that key frame. */
/* Beyond the group that is given to who comes. */
#define MAX_QUEUED (4u * 1024 * 1024)
#define MAX_DEBT_US G_USEC_PER_SEC
#define MAX_PIECES 256

static void
entry_free (gpointer data)
{
  IcamLiveEntry *entry = data;

  icam_live_item_unref (entry->item);
  g_free (entry);
}

IcamLiveViewer *
icam_live_viewer_new (int             fd,
                      IcamLiveStream *stream)
{
  IcamLiveViewer *self = g_new0 (IcamLiveViewer, 1);

  self->fd = fd;
  self->stream = stream;
  g_queue_init (&self->queue);
  g_queue_init (&self->out);
  return self;
}

void
icam_live_viewer_free (IcamLiveViewer *self)
{
  close (self->fd);
  g_queue_clear_full (&self->queue, entry_free);
  g_queue_clear_full (&self->out, entry_free);
  g_free (self);
}

void
icam_live_viewer_add (IcamLiveViewer *self,
                      IcamLiveItem   *item,
                      guint32         flags)
{
  IcamLiveEntry *entry = g_new (IcamLiveEntry, 1);
  IcamLiveHeader header = item->header;

  header.flags |= flags;
  entry->item = icam_live_item_ref (item);
  icam_live_header_write (&header, entry->header);
  g_queue_push_tail (&self->queue, entry);
  self->queued += ICAM_LIVE_HEADER_SIZE + header.length;
}

/* Frames go; what says how to decode and what state the stream is in stays, the newest of each. */
static void
cut (IcamLiveViewer *self)
{
  IcamLiveEntry *keep[ICAM_LIVE_STATE + 1] = { NULL };
  IcamLiveEntry *entry;

  while ((entry = g_queue_pop_head (&self->queue)) != NULL)
    {
      IcamLiveKind kind = entry->item->header.kind;

      if (kind == ICAM_LIVE_FRAME)
        entry_free (entry);
      else
        {
          g_clear_pointer (&keep[kind], entry_free);
          keep[kind] = entry;
        }
    }

  self->queued = 0;
  for (guint i = 0; i < G_N_ELEMENTS (keep); i++)
    if (keep[i] != NULL)
      {
        self->queued += ICAM_LIVE_HEADER_SIZE + keep[i]->item->header.length;
        g_queue_push_tail (&self->queue, keep[i]);
      }
  self->discont = TRUE;
}

void
icam_live_viewer_push (IcamLiveViewer *self,
                       IcamLiveItem   *item)
{
  gboolean key = (item->header.flags & ICAM_LIVE_KEY) != 0;
  IcamLiveEntry *oldest = g_queue_peek_head (&self->queue);

  if (key && oldest != NULL && item->made_us - oldest->item->made_us > MAX_DEBT_US)
    cut (self);
  else if (self->queued + item->header.length > self->given + MAX_QUEUED)
    {
      cut (self);
      self->wait_key = TRUE;
    }

  if (key)
    self->wait_key = FALSE;
  if (self->wait_key)
    return;

  icam_live_viewer_add (self, item, self->discont ? ICAM_LIVE_DISCONT : 0);
  self->discont = FALSE;
}

gboolean
icam_live_viewer_send (IcamLiveViewer *self)
{
  while (!g_queue_is_empty (&self->out))
    {
      IcamLiveEntry *entry = g_queue_peek_head (&self->out);
      struct iovec pieces[MAX_PIECES];
      struct msghdr message = { .msg_iov = pieces };
      gsize skip = self->sent;
      gsize total = ICAM_LIVE_HEADER_SIZE + entry->item->header.length;
      guint n = 0;
      ssize_t sent;

      if (skip < ICAM_LIVE_HEADER_SIZE)
        {
          pieces[n++]
            = (struct iovec){ entry->header + skip, ICAM_LIVE_HEADER_SIZE - skip };
          skip = 0;
        }
      else
        skip -= ICAM_LIVE_HEADER_SIZE;
      for (guint i = 0; i < entry->item->n_pieces && n < MAX_PIECES; i++)
        {
          struct iovec piece = entry->item->pieces[i];

          if (skip >= piece.iov_len)
            {
              skip -= piece.iov_len;
              continue;
            }
          pieces[n++] = (struct iovec){ (guint8 *) piece.iov_base + skip, piece.iov_len - skip };
          skip = 0;
        }
      message.msg_iovlen = n;

      sent = sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        {
          self->blocked = TRUE;
          return TRUE;
        }
      if (sent < 0)
        return FALSE;

      self->sent += (gsize) sent;
      if (self->sent == total)
        {
          entry_free (g_queue_pop_head (&self->out));
          self->sent = 0;
        }
    }

  return TRUE;
}
