/* SPDX-License-Identifier: MIT */
/*
 * agent.c - the lines that start or continue an agent, and `before`, which reads like one.
 *
 * The order of work matters in three places. Devices and vcpus are found before any line is read, because an operation
 * may name one whose own line stands further down. The first agent line closes the world: only then are all mappings
 * known, so only then can they get addresses. And a `before` line is read while the world is still open, so its
 * operations get their addresses later, when place_maps() goes over all of them.
 */
#include <assert.h>
#include "lang/read.h"

const char *const litmus_agent_words[] = { "cpu", "kthread", "device", "vcpu", NULL };

/*
 * A device or a vcpu gets its index here, before its line is read; the caller has made sure that the
 * name is new.
 */
static int add_peer(struct reader *r, struct litmus_name *names, unsigned int *count, const struct token *name)
{
	assert(*count <= LITMUS_MAX_NAMES);
	if (*count == LITMUS_MAX_NAMES)
		fail(r, name->at, describe(name), say("at most %u of them in one file", LITMUS_MAX_NAMES));
	names[*count] = (struct litmus_name){ .name = keep(r, name->text, name->len), .agent = LITMUS_NONE };
	return (int)(*count)++;
}

/*
 * Devices and vcpus may be named by an operation above their own line, so their lines are looked
 * through first. Only the first word of each line counts, and a line that is wrong in any way is left
 * for the real reading, which reports it at its place. The lexer is put back to where it was, so the
 * caller reads the same lines again.
 */
void find_peers(struct reader *r)
{
	struct lexer start = r->lex;
	struct litmus *l = r->litmus;

	assert(r->litmus->nr_devices == 0 && r->litmus->nr_vcpus == 0);
	while (r->lex.token.kind != TOKEN_END) {
		bool device = accept_word(r, "device");
		bool vcpu = !device && accept_word(r, "vcpu");
		struct token name = r->lex.token;

		if (device && name.kind == TOKEN_NAME && find_named(l->devices, l->nr_devices, &name) == LITMUS_NONE)
			add_peer(r, l->devices, &l->nr_devices, &name);
		if (vcpu && name.kind == TOKEN_NAME && find_named(l->vcpus, l->nr_vcpus, &name) == LITMUS_NONE)
			add_peer(r, l->vcpus, &l->nr_vcpus, &name);
		while (!at_line_end(r))
			lex_next(&r->lex);
		accept_kind(r, TOKEN_LINE);
	}
	r->lex = start;
}

/*
 * Without a `cpus` statement any number that the language allows is good, since the highest one named
 * becomes the count. With it, a number that is too high gets a message of its own, which names the
 * statement that set the limit.
 */
static unsigned int take_cpu(struct reader *r)
{
	unsigned int most = r->seen_cpus ? r->litmus->cpus : LITMUS_MAX_CPUS;

	if (r->lex.token.kind == TOKEN_NUMBER && r->lex.token.number >= most && r->seen_cpus)
		fail_token(r, say("a CPU below %u, as `cpus` says", most));
	return take_number(r, "the number of a CPU", 0, most - 1);
}

/*
 * Several agents may share a CPU: they are its threads. @thread is how many stand above, so that the
 * scheduler of a scenario can name them in file order.
 */
static void read_number(struct reader *r, struct litmus_agent *agent)
{
	assert(agent->kind == LITMUS_CPU || agent->kind == LITMUS_KTHREAD);
	agent->cpu = take_cpu(r);
	if (agent->cpu >= r->named_cpus)
		r->named_cpus = agent->cpu + 1;
	for (unsigned int i = 0; i < r->litmus->nr_agents; i++) {
		const struct litmus_agent *other = &r->litmus->agents[i];

		if ((other->kind == LITMUS_CPU || other->kind == LITMUS_KTHREAD) && other->cpu == agent->cpu)
			agent->thread++;
	}
}

/* From its start, or by an operation of its program as far as that has been read. */
static bool is_on(const struct reader *r, const struct litmus_agent *agent, unsigned int cpu)
{
	if (agent->kind != LITMUS_CPU && agent->kind != LITMUS_KTHREAD)
		return false;
	for (unsigned int i = 0; i < agent->nr_ops; i++) {
		const struct litmus_op *op = &agent->ops[i];

		if (op->kind == LITMUS_CALL && r->words->moves >> op->call & 1 && op->peer == (int)cpu)
			return true;
	}
	return agent->cpu == cpu || (agent->moves && agent->to == cpu);
}

/*
 * `cpu 0 or 2`. Threads that take turns are not moved, so the agent has both CPUs to itself. Accesses of a thread that moves are those of one CPU and then of
 * another: which words have to be weak is not asked for these (machine/model/cycles.c).
 */
static void read_other_cpu(struct reader *r, struct litmus_agent *agent)
{
	struct token word = r->lex.token;

	if (agent->kind != LITMUS_CPU || r->litmus->raw || !accept_word(r, "or"))
		return;
	need_feature(r, &word, "cpu or", "in M or :, or a move");
	if (r->litmus->set.memory != LITMUS_MEMORY_SC)
		fail(r, word.at, describe(&word), say("`set memory=sc` above a thread that may move"));
	agent->to = take_cpu(r);
	agent->moves = true;
	if (agent->to == agent->cpu)
		fail(r, word.at, say("the same CPU twice"), say("another one"));
	if (agent->to >= r->named_cpus)
		r->named_cpus = agent->to + 1;
}

/* Of one agent, as far as its program has been read, and all others. */
static void keep_apart(struct reader *r, const struct litmus_agent *agent)
{
	const struct litmus *l = r->litmus;

	for (const struct litmus_agent *other = l->agents; other < l->agents + l->nr_agents; other++) {
		for (unsigned int cpu = 0; cpu < LITMUS_MAX_CPUS && (agent->moves || other->moves); cpu++) {
			if (other != agent && is_on(r, agent, cpu) && is_on(r, other, cpu))
				fail(r, agent->at, say("%s beside %s", agent->label, other->label),
				     say("a CPU of its own for a thread that may move"));
		}
	}
}

/*
 * find_peers() has listed every name that begins a line, so a name that is missing here belongs to a
 * `before` line whose agent is never declared. A `before` line may share its name with the agent
 * itself; two agents may not.
 */
static void read_peer(struct reader *r, struct litmus_agent *agent)
{
	const struct litmus *l = r->litmus;
	struct token name = take_name(r, "its name");

	assert(agent->kind == LITMUS_DEVICE || agent->kind == LITMUS_VCPU);
	agent->peer = agent->kind == LITMUS_DEVICE ? find_named(l->devices, l->nr_devices, &name)
						   : find_named(l->vcpus, l->nr_vcpus, &name);
	if (agent->peer == LITMUS_NONE)
		fail(r, name.at, describe(&name), say("the name of an agent below"));
	for (unsigned int i = 0; i < l->nr_agents; i++)
		if (r->agent != agent && l->agents[i].kind == agent->kind && l->agents[i].peer == agent->peer)
			fail(r, name.at, say("%s again", l->agents[i].label), say("a name that no other agent has"));
}

/*
 * `cpu 0`, `kthread 1`, `device D`. The operations of an agent are a run of the one array of the file,
 * so it starts where the array ends now; read_op() adds to both. The label is cut from the source, so
 * that messages say what the file says.
 */
static void read_who(struct reader *r, struct litmus_agent *agent)
{
	struct token first = r->lex.token;

	*agent = (struct litmus_agent){ .at = first.at,
					.peer = LITMUS_NONE,
					.ops = &r->litmus->ops[r->litmus->nr_ops] };
	if (r->litmus->raw && !at_word(r, "cpu"))
		fail_token(r, say("cpu, the only agent of a raw scenario"));
	agent->kind = (enum litmus_agent_kind)take_choice(r, "cpu, kthread, device or vcpu", litmus_agent_words);
	if (agent->kind == LITMUS_CPU || agent->kind == LITMUS_KTHREAD) {
		read_number(r, agent);
		read_other_cpu(r, agent);
	} else {
		need_feature(r, &first, litmus_agent_words[agent->kind], "an agent");
		read_peer(r, agent);
	}
	agent->label = keep(r, first.text, (size_t)(r->lex.taken - first.text));
}

/* What runs before the agents would wait for ever for a fork that one of them does. */
void need_filled(struct reader *r, int mm, struct litmus_position at)
{
	const struct litmus_mm *space = mm == LITMUS_NONE || !r->litmus->nr_mms ? NULL : &r->litmus->mms[mm];

	assert(!r->placed);
	if (space && space->empty && !space->filled)
		fail(r, at, say("%s, which is empty", space->name),
		     say("an mm that is there before the agents, or fork %s in a before line above", space->name));
}

/*
 * A kernel thread has no address space unless the line gives one; every other agent runs in the first
 * mm by default. r->agent is set before the operations are read because registers and handles belong to
 * it.
 */
static void read_program(struct reader *r, struct litmus_agent *agent, struct raw_thread *thread)
{
	struct lexer name = r->lex;

	lex_next(&name);
	agent->mm = optional_in(r, agent->kind == LITMUS_KTHREAD ? LITMUS_NONE : 0);
	if (!r->placed)
		need_filled(r, agent->mm, name.token.at);
	r->agent = agent;
	if (thread)
		start_raw_program(r, thread);
	need_sign(r, ':', thread ? "in M, user or :" : "in M or :");
	read_ops(r);
}

/*
 * A `before` line runs alone and ahead of all agents, so the count of threads on its CPU means nothing
 * for it.
 */
void read_before(struct reader *r)
{
	struct litmus *l = r->litmus;

	assert(!r->placed);
	if (l->nr_befores == LITMUS_MAX_BEFORES)
		fail_token(r, say("at most %u before lines in one file", LITMUS_MAX_BEFORES));
	read_who(r, &l->befores[l->nr_befores]);
	l->befores[l->nr_befores].thread = 0;
	if (l->befores[l->nr_befores].moves)
		fail(r, l->befores[l->nr_befores].at, say("a move of who runs alone"), say("before cpu N"));
	read_program(r, &l->befores[l->nr_befores], l->raw ? &l->raw->befores[l->nr_befores] : NULL);
	l->nr_befores++;
}

/*
 * A line that begins with `:` goes on with the agent above it. Statements and expectations clear
 * r->agent, so no line can continue an agent across one of them: the operations of an agent stay one
 * run of the array.
 */
static void continue_agent(struct reader *r)
{
	assert(at_sign(r, ':'));
	if (!r->agent)
		fail_token(r, say("an agent above the line that continues it"));
	lex_next(&r->lex);
	read_ops(r);
	keep_apart(r, r->agent);
}

/*
 * The order of the checks is the order of the file: the first agent closes the world, and the first
 * expectation closes the list of agents. False says only that the line is something else, and nothing
 * has been taken then.
 */
bool read_agent_line(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (at_sign(r, ':')) {
		continue_agent(r);
		return true;
	}
	if (l->raw && at_word(r, "handler")) {
		read_handler(r);
		return true;
	}
	if (find_word(&r->lex.token, litmus_agent_words) == LITMUS_NONE)
		return false;
	if (!r->placed)
		place_maps(r);
	if (l->nr_expects)
		fail_token(r, say("an expectation, since the agents stand above the expectations"));
	if (l->nr_agents == LITMUS_MAX_AGENTS)
		fail_token(r, say("at most %u agents in one file", LITMUS_MAX_AGENTS));
	read_who(r, &l->agents[l->nr_agents]);
	if (l->raw && l->agents[l->nr_agents].thread)
		fail(r, l->agents[l->nr_agents].at, say("%s again", l->agents[l->nr_agents].label),
		     say("one agent on each CPU of a raw scenario"));
	read_program(r, &l->agents[l->nr_agents], l->raw ? &l->raw->threads[l->nr_agents] : NULL);
	keep_apart(r, &l->agents[l->nr_agents]);
	l->nr_agents++;
	return true;
}
