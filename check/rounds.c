/* SPDX-License-Identifier: MIT */
/*
 * rounds.c - searches of one exploration, until no more is to be learned.
 *
 * What agents share (machine/model/shared.c), what lies ahead of them (ahead.h) and which words are weak (delays.h) is learned while they run. A
 * search that has learned of more, and found nothing, is made again.
 */
#include "check/rounds.h"

#include "check/learned.h"

#include <string.h>

/* least[] begins as the greatest number, so that the first count is always smaller. */
void look_forget(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->failed = RUN_NOTHING_FAILED;
	memset(seen->least, 0xff, sizeof(seen->least));
}

enum {
	ASKED_LARGE = 3,		  /* so often asked whether it is outdated, a search is large: */
	LARGE = 16 * EXPLORE_FIRST_ASKED, /* ... behind so many transitions */
	SAMPLE = 64,			  /* random executions */
	MOST_SAMPLES = 8,
};

/*
 * To go on would be in vain: it would be asked the same at the end. Or it is large, and begins again with what random executions come to, which a search
 * comes to late: it changes the first steps last.
 */
static bool outdated(void *context)
{
	struct run_look *look = context;

	look->asked++;
	return model_learned_shared() || model_learned_data() || delays_unhooked(&look->binding.words) ||
	       (look->asked == ASKED_LARGE && !look->sampled);
}

/* What they violate the search will find. */
static bool go_on(void *context, const struct explore_run *run)
{
	(void)context;
	(void)run;
	return true;
}

/* Until they come to nothing new. The same ones each time, so that an exploration stays the same. They have @most seconds, 0: any time. Those they took. */
static double sample(struct run_look *look, const struct explore_options *e, double most)
{
	struct explore_options some = *e;
	struct explore_stats stats;
	double seconds = 0;

	some.random = SAMPLE;
	some.visit = go_on;
	some.progress = NULL;
	some.keep = some.resume = NULL;
	for (some.seed = 1; some.seed <= MOST_SAMPLES && (most <= 0 || seconds < most); some.seed++) {
		/* What was noted is of steps between which others stand now. */
		if (model_learned_shared())
			delays_forget();
		model_use_shared();
		some.max_seconds = most > 0 ? most - seconds : 0;
		explore(&some, &stats);
		seconds += stats.seconds;
		if (!model_learned_shared() && !model_learned_data())
			break;
	}
	look->sampled = true;
	delays_learn_live(&look->binding.words);
	return seconds;
}

/* A search that had weak words had not enough of them. */
static bool has_grown(const struct delays_words *before, const struct delays_words *now)
{
	return before->nr && (now->nr > before->nr || now->refills > before->refills);
}

/*
 * Which words are weak is asked of a whole search alone. One that had weak words, and not all words that are shared, has let stores of those pass what
 * they should not: then what it has seen is nothing.
 */
static bool learn_words(struct run_look *look, bool whole)
{
	struct delays_words before = look->binding.words;
	bool found = look->seen->found, changed;

	if (!whole && !(found && before.nr))
		return false;
	changed = delays_learn(&look->binding.words, model_in_order());
	if (has_grown(&before, &look->binding.words))
		return true;
	if (found)
		look->binding.words = before;
	return changed && !found;
}

/*
 * Nothing was found, and more is known of what could have been missed (machine/model/shared.c, delays.h). Where that was known early the
 * search has ended there. A visitor that ended it at the same time, in another process, has its answer.
 */
static bool is_to_be_made_again(const struct explore_options *e, const struct explore_stats *stats,
				struct run_look *look)
{
	bool early = stats->outdated && !stats->by_visitor && !look->seen->found, again = false, data = false,
	     whole = stats->whole;
	const struct delays_words before = look->binding.words;

	if (e->peers)
		learned_join(e->peers);
	if ((stats->whole && !look->seen->found) || early) {
		again = model_learned_shared();
		data = look->seen->learned || model_learned_data();
		whole |= delays_unhooked(&before);
	}
	look->seen->learned = false;
	/* What was noted is of steps between which others will stand now. */
	if (again)
		delays_forget();
	else
		again = learn_words(look, whole);
	/* Of other steps, or in another world. */
	look->sampled &= !again;
	again |= data || early;
	if (e->peers) {
		e->peers->share(e->peers->context, &again, sizeof(again));
		e->peers->share(e->peers->context, &look->binding.words, sizeof(look->binding.words));
		e->peers->share(e->peers->context, delays_noted(), DELAYS_WORDS * sizeof(uint64_t));
	}
	if (again && has_grown(&before, &look->binding.words))
		look_forget(look->seen);
	return again;
}

/*
 * Is there time for one more search? All that one exploration makes have together what is given for it, and @stats say of the last one how long all
 * of them took. False: it was the last, and what it has not found may be.
 */
static bool has_time(struct explore_options *e, double most, struct explore_stats *stats)
{
	double rest = most - stats->seconds;

	/* Each rank has its own clock. */
	if (e->peers)
		e->peers->share(e->peers->context, &rest, sizeof(rest));
	e->max_seconds = most > 0 ? rest : 0;
	if (most <= 0 || rest > 0)
		return true;
	stats->out_of_time = true;
	stats->whole = false;
	return false;
}

/*
 * Until no more is to be known. What ends an execution and is not looked for is an assertion that failed, or a visitor would have ended the search:
 * there is nothing behind it that could be found, as a kernel ends there.
 */
void rounds_search(struct run_look *look, struct explore_options *e, struct explore_stats *stats)
{
	double most = e->max_seconds, seconds = 0;

	e->outdated = outdated;
	/* One that goes on is large, and began so. */
	look->sampled = e->resume != NULL;

	do {
		/* Where no state is kept all data can be watched. */
		if (e->search == EXPLORE_STATES && !e->random && e->bound == EXPLORE_UNBOUNDED)
			model_use_shared();
		look->asked = 0;
		explore(e, stats);
		/* What is made again begins at its beginning. */
		e->resume = NULL;
		seconds += stats->seconds;
		if (stats->outdated && !stats->by_visitor && stats->transitions >= LARGE &&
		    (most <= 0 || seconds < most))
			seconds += sample(look, e, most > 0 ? most - seconds : 0);
		stats->seconds = seconds;
	} while (is_to_be_made_again(e, stats, look) && has_time(e, most, stats));
	stats->exhausted = stats->whole;
	e->max_seconds = most;
}
