/* SPDX-License-Identifier: MIT */
/*
 * agent.c - the lines that start or continue an agent, and `before`, which reads like one.
 */
#include "lang/read.h"

const char *const litmus_agent_words[] = { "cpu", "kthread", "device", "vcpu", NULL };

static int add_peer(struct reader *r, struct litmus_name *names, unsigned int *count, const struct token *name)
{
	if (*count == LITMUS_MAX_NAMES)
		fail(r, name->at, describe(name), say("at most %u of them in one file", LITMUS_MAX_NAMES));
	names[*count] = (struct litmus_name){ .name = keep(r, name->text, name->len), .agent = LITMUS_NONE };
	return (int)(*count)++;
}

/* Devices and vcpus may be named by an operation above their own line, so their lines are looked through first. */
void find_peers(struct reader *r)
{
	struct lexer start = r->lex;
	struct litmus *l = r->litmus;

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

static unsigned int take_cpu(struct reader *r)
{
	unsigned int most = r->seen_cpus ? r->litmus->cpus : LITMUS_MAX_CPUS;

	if (r->lex.token.kind == TOKEN_NUMBER && r->lex.token.number >= most && r->seen_cpus)
		fail_token(r, say("a CPU below %u, as `cpus` says", most));
	return take_number(r, "the number of a CPU", 0, most - 1);
}

static void read_number(struct reader *r, struct litmus_agent *agent)
{
	agent->cpu = take_cpu(r);
	if (agent->cpu >= r->named_cpus)
		r->named_cpus = agent->cpu + 1;
	for (unsigned int i = 0; i < r->litmus->nr_agents; i++) {
		const struct litmus_agent *other = &r->litmus->agents[i];

		if ((other->kind == LITMUS_CPU || other->kind == LITMUS_KTHREAD) && other->cpu == agent->cpu)
			agent->thread++;
	}
}

static void read_peer(struct reader *r, struct litmus_agent *agent)
{
	const struct litmus *l = r->litmus;
	struct token name = take_name(r, "its name");

	agent->peer = agent->kind == LITMUS_DEVICE ? find_named(l->devices, l->nr_devices, &name)
						   : find_named(l->vcpus, l->nr_vcpus, &name);
	if (agent->peer == LITMUS_NONE)
		fail(r, name.at, describe(&name), say("the name of an agent below"));
	for (unsigned int i = 0; i < l->nr_agents; i++)
		if (r->agent != agent && l->agents[i].kind == agent->kind && l->agents[i].peer == agent->peer)
			fail(r, name.at, say("%s again", l->agents[i].label), say("a name that no other agent has"));
}

/* `cpu 0`, `kthread 1`, `device D` */
static void read_who(struct reader *r, struct litmus_agent *agent)
{
	struct token first = r->lex.token;

	*agent = (struct litmus_agent){ .at = first.at,
					.peer = LITMUS_NONE,
					.ops = &r->litmus->ops[r->litmus->nr_ops] };
	agent->kind = (enum litmus_agent_kind)take_choice(r, "cpu, kthread, device or vcpu", litmus_agent_words);
	if (agent->kind == LITMUS_CPU || agent->kind == LITMUS_KTHREAD) {
		read_number(r, agent);
	} else {
		need_feature(r, &first, litmus_agent_words[agent->kind], "an agent");
		read_peer(r, agent);
	}
	agent->label = keep(r, first.text, (size_t)(r->lex.taken - first.text));
}

static void read_program(struct reader *r, struct litmus_agent *agent)
{
	agent->mm = optional_in(r, agent->kind == LITMUS_KTHREAD ? LITMUS_NONE : 0);
	need_sign(r, ':', "in M or :");
	r->agent = agent;
	read_ops(r);
}

void read_before(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (l->nr_befores == LITMUS_MAX_BEFORES)
		fail_token(r, say("at most %u before lines in one file", LITMUS_MAX_BEFORES));
	read_who(r, &l->befores[l->nr_befores]);
	l->befores[l->nr_befores].thread = 0;
	read_program(r, &l->befores[l->nr_befores++]);
}

static void continue_agent(struct reader *r)
{
	if (!r->agent)
		fail_token(r, say("an agent above the line that continues it"));
	lex_next(&r->lex);
	read_ops(r);
}

bool read_agent_line(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (at_sign(r, ':')) {
		continue_agent(r);
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
	read_program(r, &l->agents[l->nr_agents++]);
	return true;
}
