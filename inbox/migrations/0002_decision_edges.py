from __future__ import annotations

from django.db import migrations

# The edges are written out, not imported: a migration must say tomorrow what it said when it was applied.
# tests/inbox/test_edges.py holds them against inbox.states.EDGES.
FORWARD = """
CREATE FUNCTION inbox_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'queued' OR NEW.fence <> 0 THEN
            RAISE EXCEPTION 'a decision begins queued, not %', NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_begins_queued';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state IN ('applied', 'already_decided', 'changed', 'refused', 'cancelled') THEN
        RAISE EXCEPTION 'decision % has ended as % and stays so', OLD.id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_end_is_final';
    END IF;
    IF (NEW.id, NEW.tenant_id, NEW.connection_id, NEW.user_id, NEW.task_id, NEW.task_wid, NEW.worker_wid,
        NEW.action, NEW.comment, NEW.send_back_to, NEW.shown, NEW.nonce, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.tenant_id, OLD.connection_id, OLD.user_id, OLD.task_id, OLD.task_wid, OLD.worker_wid,
        OLD.action, OLD.comment, OLD.send_back_to, OLD.shown, OLD.nonce, OLD.created_at) THEN
        RAISE EXCEPTION 'what decision % asks for cannot change', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_wish_is_fixed';
    END IF;
    IF NEW.fence < OLD.fence THEN
        RAISE EXCEPTION 'the fence of decision % only rises', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_fence_rises';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'queued>claimed', 'queued>cancelled',
        'claimed>sending', 'claimed>waiting', 'claimed>needs_reconnect', 'claimed>manual', 'claimed>applied',
        'claimed>already_decided', 'claimed>changed', 'claimed>refused',
        'sending>applied', 'sending>waiting', 'sending>uncertain',
        'uncertain>waiting', 'uncertain>manual', 'uncertain>applied', 'uncertain>already_decided',
        'uncertain>refused',
        'waiting>claimed', 'needs_reconnect>queued',
        'manual>applied', 'manual>already_decided', 'manual>refused'
    ) THEN
        RAISE EXCEPTION 'decision % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_edge_allowed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inbox_decision_guard BEFORE INSERT OR UPDATE ON inbox_decision
    FOR EACH ROW EXECUTE FUNCTION inbox_decision_guard();

-- A decision whose connection belongs to another tenant would send one customer's wish with another's token.
ALTER TABLE inbox_decision ADD CONSTRAINT decision_connection_of_tenant
    FOREIGN KEY (connection_id, tenant_id) REFERENCES connections_connection (id, tenant_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE inbox_decision DROP CONSTRAINT decision_connection_of_tenant;
DROP TRIGGER inbox_decision_guard ON inbox_decision;
DROP FUNCTION inbox_decision_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
