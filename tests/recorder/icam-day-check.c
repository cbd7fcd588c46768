/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a simulated day has left in the archive, beside what was told while it went on. */

#include "config.h"

#include "icam-day.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
/* Three pictures. */
#define SLACK_US (3 * DAY_FRAME_US)

typedef struct
{
  gint64 from, to;
  guint causes; /* bits */
} Span;

typedef struct
{
  GArray *runs;    /* of Span: recorded, or deleted since */
  GArray *causes;  /* of Span: from when on what is missing has which cause */
  GArray *excuses; /* of Span */
  GArray *found;   /* of Span: segments, in the time that really passed */
  GArray *gaps;    /* of Span: in UTC */
  GArray *deleted; /* of Span: between rows whose numbers do not follow each other something was deleted */
  guint missing;   /* numbers */
} Told;

typedef struct
{
  Fixture *fixture;
  const DayPlan *plan;
  Told streams[DAY_STREAMS];
  GArray *epochs; /* of Span: from is the time, causes the number */
  guint moved, missing, problems;
} Check;

#define span_at(array, i) (&g_array_index (array, Span, i))

static void
add_span (GArray *spans, gint64 from, gint64 to, guint causes)
{
  Span span = { from, to, causes };

  g_array_append_val (spans, span);
}

static int
by_time (gconstpointer a, gconstpointer b)
{
  const Span *one = a, *other = b;

  if (one->from != other->from)
    return one->from < other->from ? -1 : 1;
  return one->to < other->to ? -1 : one->to > other->to;
}

static void
wrong (Check *self, guint stream, gint64 from, gint64 to, const char *what, guint causes)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < ICAM_N_GAP_CAUSES; i++)
    if (causes != DAY_ANY_CAUSE && (causes & (1u << i)) != 0)
      g_string_append_printf (names, " %s", icam_gap_cause_to_string ((IcamGapCause) i));
  if (self->problems++ < 40)
    g_test_message ("camera %u %s, %.1f s to %.1f s: %s%s", stream / ICAM_N_ROLES, icam_role_to_string ((IcamRole) (stream % ICAM_N_ROLES)),
                    (double) (from - DAY_BEGIN_US) / 1e6, (double) (to - DAY_BEGIN_US) / 1e6, what, names->str);
}

static void
join_runs (GArray *runs)
{
  guint n = 0;

  g_array_sort (runs, by_time);
  for (guint i = 0; i < runs->len; i++)
    if (n > 0 && span_at (runs, i)->from <= span_at (runs, n - 1)->to + DAY_FRAME_US)
      span_at (runs, n - 1)->to = MAX (span_at (runs, n - 1)->to, span_at (runs, i)->to);
    else
      *span_at (runs, n++) = *span_at (runs, i);
  g_array_set_size (runs, n);
}

static void
killed (Check *self, gint64 last)
{
  gint64 next = self->plan->end;

  for (guint i = self->plan->runs->len; i > 0; i--)
    if (g_array_index (self->plan->runs, gint64, i - 1) > last)
      next = g_array_index (self->plan->runs, gint64, i - 1);
  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      Told *told = &self->streams[i];
      const Span *run = told->runs->len > 0 ? span_at (told->runs, told->runs->len - 1) : NULL;
      const Span *cause = told->causes->len > 0 ? span_at (told->causes, told->causes->len - 1) : NULL;
      gboolean running = run != NULL && run->to >= last - SECOND && (cause == NULL || cause->from < run->to - DAY_FRAME_US);

      /* It could have been at any moment since. */
      /* What it still had to say is not known. */
      add_span (told->excuses, last - SECOND, next + 10 * SECOND, DAY_ANY_CAUSE & ~(1u << ICAM_GAP_CLOCK_STEPPED));
      /* It may just have begun to record what had waited. */
      add_span (told->excuses, last - 15 * SECOND, next, 1u << ICAM_GAP_NO_EVENT);
      if (running)
        add_span (told->causes, last, 0, 1u << ICAM_GAP_RECORDER_KILLED);
    }
}

static void
read_told (Check *self)
{
  g_autofree char *path = g_build_filename (self->fixture->top, "told", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 last = 0;
  char kind = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      char *at = lines[i] + 1;
      guint number = (guint) g_ascii_strtoull (at, &at, 10);
      gint64 from = g_ascii_strtoll (at, &at, 10), to = g_ascii_strtoll (at, &at, 10);
      guint causes = (guint) g_ascii_strtoull (at, &at, 10);

      /* What follows comes from the next recorder. */
      if (lines[i][0] == 'N' && last != 0)
        killed (self, last);
      if (lines[i][0] != 'S' && lines[i][0] != 'R')
        last = 0;
      kind = lines[i][0];
      switch (kind)
        {
        case 'R':
          add_span (self->streams[number].runs, from, to, 0);
          break;
        case 'T':
          add_span (self->streams[number].causes, from, 0, 1u << causes);
          break;
        case 'E':
          add_span (self->streams[number].excuses, from, to, causes);
          break;
        case 'N':
          add_span (self->epochs, from, 0, number);
          break;
        case 'S':
          last = from;
          break;
        case 'M':
        default:
          self->moved += number;
          break;
        }
    }
  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      join_runs (self->streams[i].runs);
      g_array_sort (self->streams[i].causes, by_time);
    }
}

static gint64
shift_of_epoch (Check *self, guint32 epoch)
{
  gint64 time = 0;

  for (guint i = 0; i < self->epochs->len; i++)
    if (span_at (self->epochs, i)->causes <= epoch)
      time = span_at (self->epochs, i)->from;
  return day_plan_shift (self->plan, time);
}

static int
by_epoch (gconstpointer a, gconstpointer b)
{
  const IcamSegmentRow *one = a, *other = b;

  if (one->epoch != other->epoch)
    return one->epoch < other->epoch ? -1 : 1;
  return one->start_us < other->start_us ? -1 : one->start_us > other->start_us;
}

static guint64
next_seq (Check *self, IcamRole role)
{
  IcamStore *store = icam_archive_get_store (self->fixture->archive);
  gint64 next = icam_sql_get_int (icam_catalogue_lock (store->catalogue), 1, "SELECT next_seq FROM stream WHERE channel = ?1 AND role = ?2",
                                  "ui", &self->fixture->channel, (gint64) role);

  icam_catalogue_unlock (store->catalogue);
  return (guint64) next;
}

static guint
read_archive (Check *self, guint number)
{
  Told *told = &self->streams[number];
  IcamRole role = (IcamRole) (number % ICAM_N_ROLES);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  const IcamSegmentRow *before;
  guint64 next;

  day_channel (number / ICAM_N_ROLES, &self->fixture->channel);
  rows = fixture_segments (self->fixture, role);
  gaps = fixture_gaps (self->fixture, role);
  g_array_sort (rows, by_epoch);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamSegmentRow *row = segment_at (rows, i);
      gint64 shift = START_US + shift_of_epoch (self, row->epoch);
      gint64 from = row->start_us - shift, to = row->end_us - shift;

      before = i > 0 ? segment_at (rows, i - 1) : NULL;
      g_assert_false (row->open);
      if (before != NULL && before->epoch == row->epoch && row->start_us < before->end_us)
        wrong (self, number, from, to, "segments overlap", 0);
      add_span (told->found, from, to, 0);
      if (before == NULL || row->seq != before->seq + 1)
        add_span (told->deleted, before != NULL ? before->end_us - START_US - shift_of_epoch (self, before->epoch) : 0, from, 0);
      told->missing += (guint) (row->seq - (before != NULL ? before->seq + 1 : 1));
    }
  next = next_seq (self, role);
  before = rows->len > 0 ? segment_at (rows, rows->len - 1) : NULL;
  if (next != (before != NULL ? before->seq + 1 : 1))
    add_span (told->deleted, before != NULL ? before->end_us - START_US - shift_of_epoch (self, before->epoch) : 0, self->plan->end, 0);
  told->missing += (guint) (next - (before != NULL ? before->seq + 1 : 1));
  g_array_sort (told->found, by_time);
  for (guint i = 0; i < gaps->len; i++)
    {
      const IcamGapRow *gap = gap_at (gaps, i);
      gint64 end = START_US + self->plan->end + day_plan_shift (self->plan, self->plan->end);

      add_span (told->gaps, gap->start_us, gap->end_us != 0 ? gap->end_us : MAX (end, gap->start_us), 1u << gap->cause);
    }
  g_array_sort (told->gaps, by_time);
  return rows->len;
}

/* Times at which another time of the clock begins. Those @n of this day, and its end. */
static void
stretch (Check *self, guint i, gint64 *from, gint64 *to, gint64 *shift)
{
  const GArray *steps = self->plan->steps;

  *from = i > 0 ? day_event (steps, i - 1)->at : 0;
  *to = i < steps->len ? day_event (steps, i)->at : self->plan->end + DAY_HOUR_US;
  *shift = START_US + day_plan_shift (self->plan, *from);
}

/* ---- what must be there ---- */

static guint
excused (const Told *told, gint64 time)
{
  guint causes = 0;

  for (guint i = 0; i < told->excuses->len; i++)
    if (time >= span_at (told->excuses, i)->from && time <= span_at (told->excuses, i)->to)
      causes |= span_at (told->excuses, i)->causes;
  return causes;
}

static gboolean
is_in (const GArray *spans, gint64 time, guint causes, gint64 slack)
{
  for (guint i = 0; i < spans->len && span_at (spans, i)->from - slack <= time; i++)
    if (time <= span_at (spans, i)->to + slack && (causes == 0 || (span_at (spans, i)->causes & causes) != 0))
      return TRUE;
  return FALSE;
}

/* A recorder that starts while the clock is wrong begins a time of its own. What is missing there before its first recording is told where the
 * time before went on, or not at all: nobody looks for it in 1970. */
static gboolean
begins_time (Check *self, const Told *told, gint64 time)
{
  const DayEvent *step = NULL, *stop = NULL;

  for (guint i = 0; i < self->plan->steps->len && day_event (self->plan->steps, i)->at <= time; i++)
    step = day_event (self->plan->steps, i);
  for (guint i = 0; step != NULL && i < self->plan->events->len && day_event (self->plan->events, i)->at <= step->at; i++)
    stop = day_event (self->plan->events, i);
  if (stop == NULL || stop->kind != DAY_STOP || step->at > stop->at + stop->length)
    return FALSE;
  for (guint i = 0; i < told->found->len; i++)
    if (span_at (told->found, i)->from >= step->at && span_at (told->found, i)->from <= time)
      return FALSE;
  return TRUE;
}

/* From one moment to the next in which something can change, by tenths of a second near to ends: what lies between is alike. */
static void
check_span (Check *self, guint number, gint64 from, gint64 to, guint causes)
{
  const Told *told = &self->streams[number];
  gint64 bad = -1;

  for (gint64 time = from; time <= to; time += SECOND)
    {
      gint64 shift = START_US + day_plan_shift (self->plan, time);
      guint also = excused (told, time);
      gboolean ok = FALSE;

      if (causes == 0)
        ok = is_in (told->found, time, 0, SLACK_US);
      else
        ok = is_in (told->gaps, time + shift, causes, SLACK_US);
      if (!ok && also != 0)
        ok = is_in (told->found, time, 0, SLACK_US) || is_in (told->gaps, time + shift, also, SLACK_US);
      if (!ok && (causes == 0 || also != 0))
        ok = is_in (told->deleted, time, 0, 0);
      /* A gap before the oldest recording is of no use. What lies behind the clock's own beginning, a year ago or in 1970, goes with the
       * first recording that is deleted. */
      ok = ok || (causes != 0 && told->missing > 0 && time + shift < START_US);
      if (!ok && told->deleted->len > 0 && span_at (told->deleted, 0)->from == 0 && time <= span_at (told->deleted, 0)->to)
        ok = TRUE;
      ok = ok || (causes != 0 && begins_time (self, told, time));
      /* Where the clock is set a group of pictures lies in the old time. */
      if (!ok && also == DAY_ANY_CAUSE)
        ok = TRUE;
      if (!ok && bad < 0)
        bad = time;
      if ((ok || time + SECOND > to) && bad >= 0)
        {
          wrong (self, number, bad, time + 1, causes == 0 ? "not recorded" : "no gap that says", causes);
          bad = -1;
        }
    }
}

static guint
cause_at (const Told *told, gint64 from, gint64 to, gint64 time, gint64 *until)
{
  guint causes = 0;

  *until = G_MAXINT64;
  for (guint i = 0; i < told->causes->len; i++)
    {
      const Span *cause = span_at (told->causes, i);

      if (cause->from < from - SLACK_US || cause->from > to)
        continue;
      if (cause->from > time && causes != 0)
        {
          *until = cause->from;
          break;
        }
      causes = cause->causes;
    }
  return causes;
}

/* Calls for each part of what must be missing that has one cause. */
static void
each_hole (Check *self, guint number, void (*call) (Check *self, guint number, gint64 from, gint64 to, guint causes))
{
  const Told *told = &self->streams[number];

  for (guint i = 0; i < told->runs->len; i++)
    {
      gint64 from = span_at (told->runs, i)->to, at = from;
      gint64 to = i + 1 < told->runs->len ? span_at (told->runs, i + 1)->from : self->plan->end;

      while (at < to)
        {
          gint64 until;
          guint cause = cause_at (told, from, to, at, &until);

          until = MIN (until, to);
          /* Nobody has said anything: the camera was slow to. */
          if (cause == 0)
            cause = 1u << ICAM_GAP_CAMERA_SILENT;
          call (self, number, at, until, cause);
          at = MAX (until, at + 1);
        }
    }
}

static void
check_hole (Check *self, guint number, gint64 from, gint64 to, guint causes)
{
  if (to - from > 4 * SLACK_US)
    check_span (self, number, from + SLACK_US, to - SLACK_US, causes);
}

static void
check_recorded (Check *self, guint number)
{
  const Told *told = &self->streams[number];

  for (guint i = 0; i < told->runs->len; i++)
    {
      gint64 from = span_at (told->runs, i)->from, to = span_at (told->runs, i)->to;

      /* Nothing excuses this. */
      if (number / ICAM_N_ROLES == 1)
        for (gint64 time = MAX (from, DAY_PROTECTED_FROM_US); time < MIN (to, DAY_PROTECTED_TO_US); time += SECOND)
          if (!is_in (told->found, time, 0, SLACK_US))
            wrong (self, number, time, time, "deleted though protected", 0);
      check_span (self, number, from, to, 0);
    }
}

/* ---- what may be there ---- */

static GArray *allowed; /* of Span, in UTC */

static void
allow (Check *self, gint64 from, gint64 to, guint causes)
{
  for (guint i = 0; i <= self->plan->steps->len; i++)
    {
      gint64 begin, end, shift;

      stretch (self, i, &begin, &end, &shift);
      if (begin - 13 * SECOND < to && end + 13 * SECOND > from)
        add_span (allowed, MAX (from, begin - 13 * SECOND) + shift - SLACK_US, MIN (to, end + 13 * SECOND) + shift + SLACK_US, causes);
    }
}

static void
allow_hole (Check *self, guint number, gint64 from, gint64 to, guint causes)
{
  allow (self, from, to, causes);
}

static void
check_gaps (Check *self, guint number)
{
  const Told *told = &self->streams[number];

  allowed = g_array_new (FALSE, FALSE, sizeof (Span));
  each_hole (self, number, allow_hole);
  for (guint i = 0; i < told->excuses->len; i++)
    allow (self, span_at (told->excuses, i)->from, span_at (told->excuses, i)->to, span_at (told->excuses, i)->causes);
  /* What a clock that is set ahead leaves out never was, whatever is the matter then. */
  for (guint i = 1; i <= self->plan->steps->len; i++)
    {
      gint64 begin, end, shift;

      stretch (self, i, &begin, &end, &shift);
      if (day_event (self->plan->steps, i - 1)->step_us > 0)
        add_span (allowed, begin + shift - day_event (self->plan->steps, i - 1)->step_us - 5 * DAY_MINUTE_US, begin + shift + 5 * DAY_MINUTE_US,
                  1u << ICAM_GAP_CLOCK_STEPPED);
    }
  g_array_sort (allowed, by_time);

  for (guint i = 0; i < told->gaps->len; i++)
    {
      const Span *gap = span_at (told->gaps, i);
      gint64 at = gap->from;

      if (gap->to - gap->from < SLACK_US)
        continue;
      for (guint j = 0; j < allowed->len && at < gap->to; j++)
        if ((span_at (allowed, j)->causes & gap->causes) != 0 && span_at (allowed, j)->from <= at)
          at = MAX (at, span_at (allowed, j)->to);
      if (at < gap->to)
        {
          gint64 shift = START_US;

          for (guint j = 0; j <= self->plan->steps->len; j++)
            {
              gint64 begin, end, with;

              stretch (self, j, &begin, &end, &with);
              if (gap->from - with >= begin && gap->from - with < end)
                shift = with;
            }
          wrong (self, number, gap->from - shift, gap->to - shift, "a gap that nothing explains:", gap->causes);
        }
    }
  g_clear_pointer (&allowed, g_array_unref);
}

/* ---- all of it ---- */

static double
hours (gint64 time)
{
  return (double) time / (double) DAY_HOUR_US;
}

static void
print_sums (Check *self, guint segments)
{
  gint64 recorded = 0, gaps[ICAM_N_GAP_CAUSES] = { 0 }, day = self->plan->end - DAY_BEGIN_US;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      const Told *told = &self->streams[i];

      for (guint j = 0; j < told->found->len; j++)
        if (span_at (told->found, j)->from >= DAY_BEGIN_US)
          recorded += span_at (told->found, j)->to - span_at (told->found, j)->from;
      for (guint j = 0; j < told->gaps->len; j++)
        for (guint k = 0; k < ICAM_N_GAP_CAUSES; k++)
          if ((span_at (told->gaps, j)->causes & (1u << k)) != 0 && k != ICAM_GAP_CLOCK_STEPPED
              && span_at (told->gaps, j)->to - span_at (told->gaps, j)->from < day)
            gaps[k] += span_at (told->gaps, j)->to - span_at (told->gaps, j)->from;
    }
  for (guint k = 0; k < ICAM_N_GAP_CAUSES; k++)
    if (gaps[k] > 0)
      g_string_append_printf (text, ", %s %.2f", icam_gap_cause_to_string ((IcamGapCause) k), hours (gaps[k]));
  for (guint i = 0; i < DAY_STREAMS; i++)
    self->missing += self->streams[i].missing;
  g_test_message ("%u numbers have no segment any more", self->missing);
  g_test_message ("%u streams of %.2f h each: %u segments of %.2f h are kept; hours of gaps%s; %u recordings moved", DAY_STREAMS, hours (day),
                  segments, hours (recorded), text->str + 1, self->moved);
}

/**
 * day_check:
 * @fixture: with the archive open, and recovered
 * @plan: the day that was lived
 *
 * Compares what is there with what was told.
 */
void
day_check (Fixture *fixture, const DayPlan *plan)
{
  Check self = { .fixture = fixture, .plan = plan, .epochs = g_array_new (FALSE, FALSE, sizeof (Span)) };
  guint segments = 0;

  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      Told *told = &self.streams[i];

      told->runs = g_array_new (FALSE, FALSE, sizeof (Span));
      told->causes = g_array_new (FALSE, FALSE, sizeof (Span));
      told->excuses = g_array_new (FALSE, FALSE, sizeof (Span));
      told->found = g_array_new (FALSE, FALSE, sizeof (Span));
      told->gaps = g_array_new (FALSE, FALSE, sizeof (Span));
      told->deleted = g_array_new (FALSE, FALSE, sizeof (Span));
    }
  read_told (&self);
  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      segments += read_archive (&self, i);
      check_recorded (&self, i);
      each_hole (&self, i, check_hole);
      check_gaps (&self, i);
    }
  print_sums (&self, segments);

  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      Told *told = &self.streams[i];

      g_array_unref (told->runs);
      g_array_unref (told->causes);
      g_array_unref (told->excuses);
      g_array_unref (told->found);
      g_array_unref (told->gaps);
      g_array_unref (told->deleted);
    }
  g_array_unref (self.epochs);
  g_assert_cmpuint (self.problems, ==, 0);
}
