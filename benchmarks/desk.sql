INSERT INTO documents (bucket, key, version_id, sha256, size, first_seen)
SELECT 'documents', 'inbox/' || md5(n::text) || '/upload-' || n || '.jpg', 'v1', md5(n::text), 400000,
    now() - make_interval(secs => (:documents - n) * 150.0)
FROM generate_series(1, :documents) n ORDER BY n;
INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name, policy_version,
    engine, outcome, reasons, summary, applicant_message, risk, decided_at, policy_digest, kind)
SELECT id, :reader, :pipeline, :policy, :version, 'local',
    CASE WHEN id > :documents - :waiting OR id % 20 = 0 THEN 'referred'
        WHEN id % 20 = 1 THEN 'rejected' WHEN id % 20 < 5 THEN 'resubmit' ELSE 'verified' END,
    CASE WHEN id > :documents - :waiting OR id % 20 = 0 THEN
        ARRAY['applicant_data_match_name', (ARRAY['image_glare', 'viz_mrz_match_birth_date',
            'document_identified'])[1 + id % 3]]
        WHEN id % 20 = 1 THEN ARRAY['not_expired'] WHEN id % 20 < 5 THEN ARRAY['image_blur']
        ELSE ARRAY[]::text[] END,
    'Referred: of 80 checks 76 passed.', 'Your document was received.', 0.1,
    first_seen + interval '5 seconds', :digest,
    (ARRAY['passport', 'id_card', 'aamva_licence'])[1 + id % 3]
FROM documents ORDER BY id;
INSERT INTO holder_fields (verdict_id, source, document_number, surname, given_names, nationality,
    birth_date, sex, issuing_state)
SELECT id, source, 'K7240' || id, 'SURNAME' || id, 'GIVEN NAMES', 'UTO', date '1990-01-02', 'F',
    (ARRAY['UTO', 'ATA', 'BRA', 'KEN', 'USA'])[1 + id % 5]
FROM verdicts, unnest(ARRAY['mrz', 'viz']) source ORDER BY id;
INSERT INTO fingerprints (document_id, engine, reader_version, number, person, picture, bands)
SELECT id, 'local', :reader, decode(md5('n' || id / 2), 'hex'), decode(md5('p' || id / 3), 'hex'),
    hashtextextended(id::text, 0), ARRAY[id % 65536, 65536 + id / 3 % 65536,
        131072 + id / 7 % 65536, 196608 + id / 11 % 65536]::integer[]
FROM documents;
INSERT INTO readings (document_id, engine, reader_version, content)
SELECT id, 'local', :reader, :content FROM documents WHERE id > :documents - :waiting;
INSERT INTO applicants (document_id, name, birth_date, unreadable)
SELECT id, 'Maria Someone', NULL, '{}' FROM documents;
INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name, policy_version,
    engine, outcome, reasons, summary, applicant_message, risk, decided_at, kind, previous_id)
SELECT document_id, :reader, :pipeline, 'person', id::text, 'local',
    (ARRAY['verified', 'rejected', 'resubmit'])[1 + id % 3],
    ARRAY[(ARRAY['details_confirmed', 'document_altered', 'picture_not_usable'])[1 + id % 3]],
    'A person decided.', 'Your document was checked.', 0, decided_at + interval '3 hours', kind, id
FROM verdicts WHERE outcome = 'referred' AND document_id <= :documents - :waiting ORDER BY document_id;
INSERT INTO review_events (verdict_id, reviewer, action, reason, decision_id, at)
SELECT previous_id, 'reviewer-' || previous_id % 7, 'claimed', NULL, NULL,
    decided_at - interval '4 minutes'
FROM verdicts WHERE policy_name = 'person'
UNION ALL
SELECT previous_id, 'reviewer-' || previous_id % 7, 'decided', reasons[1], id, decided_at
FROM verdicts WHERE policy_name = 'person';
INSERT INTO desk_views (at, subject, name, document_id, what, results)
SELECT decided_at, 'link', 'reviewer-' || previous_id % 7, document_id, what, 1
FROM verdicts, unnest(ARRAY['case', 'image']) what WHERE policy_name = 'person'
