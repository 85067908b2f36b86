using Monitoring.Wire;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Tck;

/// <summary>The edge node: sessions, births, data, deaths, the host it waits for.</summary>
public sealed class EdgeTests(EdgeLife life)
{
    private IEnumerable<Message> All(string type) => life.EdgeSaid.Where(it => it.Type == type);

    private static IEnumerable<Message> Births(IEnumerable<Message> said) =>
        said.Where(it => it.Type is "NBIRTH" or "DBIRTH");

    [Fact]
    [Tck("topic-structure", "topic-structure-namespace-a",
        "topic-structure-namespace-device-id-associated-message-types",
        "topic-structure-namespace-device-id-non-associated-message-types",
        "topics-{nbirth,ndata,ndeath,dbirth,ddata,ddeath}-topic",
        "message-flow-edge-node-birth-publish-nbirth-topic",
        "message-flow-device-birth-publish-dbirth-topic",
        "message-flow-device-birth-publish-dbirth-match-edge-node-topic")]
    public void Every_topic_has_its_shape_and_names_this_node()
    {
        Assert.All(life.EdgeSaid, message =>
        {
            var topic = SparkplugTopic.Parse(message.Topic);
            Assert.NotNull(topic);
            Assert.Equal(message.Topic, topic.ToString());
            Assert.Equal(("plant-a", "gateway-1"), (topic.Group, topic.Node));
            Assert.Equal(message.Type[0] == 'D', topic.Device is not null);
        });
        Assert.Equal(
            ["DBIRTH", "DDATA", "DDEATH", "NBIRTH", "NDATA", "NDEATH"],
            life.EdgeSaid.Select(it => it.Type).Distinct().Order());
    }

    [Fact]
    [Tck("principles-persistence-clean-session-50")]
    public void Each_session_is_clean_and_the_broker_keeps_nothing_for_it() =>
        Assert.All(life.Sessions, session => Assert.Equal(
            (5, true, 0u),
            (session.Connect.Level, session.Connect.IsClean, session.Connect.SessionExpiry)));

    [Fact]
    [Tck("message-flow-edge-node-birth-publish-will-message",
        "message-flow-edge-node-birth-publish-will-message-{topic,payload,payload-bdSeq}",
        "message-flow-edge-node-birth-publish-will-message-{qos,will-retained}",
        "payloads-ndeath-will-message", "payloads-ndeath-will-message-{qos,retain}",
        "payloads-ndeath-bdseq", "payloads-ndeath-seq", "topics-ndeath-payload",
        "topics-ndeath-seq")]
    public void Each_connect_leaves_a_will_that_holds_its_number_and_nothing_else() =>
        Assert.All(life.Sessions, session =>
        {
            var will = session.Connect.Will!;
            Assert.Equal("spBv1.0/plant-a/NDEATH/gateway-1", will.Topic);
            Assert.Equal((1, false), (will.Qos, will.IsRetained));
            var metric = Assert.Single(will.Payload.Metrics);
            Assert.Equal((MetricNames.BdSeq, DataType.Int64), (metric.Name, metric.Type!.Value));
            Assert.Null(will.Payload.Seq);
        });

    [Fact]
    [Tck("topics-nbirth-bdseq-{included,matching,increment}", "payloads-nbirth-bdseq",
        "payloads-nbirth-bdseq-repeat",
        "message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
        "operational-behavior-data-commands-rebirth-action-3")]
    public void The_number_of_a_birth_is_that_of_its_will_and_grows_by_one_with_each_connect()
    {
        Assert.Equal(
            Enumerable.Range(0, life.Sessions.Count).Select(it => (long?)it),
            life.Sessions.Select(it => ReceivedMessages.BdSeqOf(it.Connect.Will!.Payload)));
        Assert.All(life.Sessions, session => Assert.All(
            session.Said.Where(it => it.Type is "NBIRTH" or "NDEATH"),
            message => Assert.Equal(
                ReceivedMessages.BdSeqOf(session.Connect.Will!.Payload),
                ReceivedMessages.BdSeqOf(message.Payload))));
        Assert.True(life.Sessions[0].Said.Count(it => it.Type == "NBIRTH") >= 2);
    }

    [Fact]
    [Tck("message-flow-edge-node-ncmd-subscribe", "message-flow-device-dcmd-subscribe")]
    public void Commands_are_subscribed_by_their_exact_topics_with_quality_1()
    {
        var filters = life.Packets.OfType<Packet.Subscribe>()
            .Where(it => it.Client == EdgeLife.Edge).SelectMany(it => it.Filters).Distinct();
        Assert.Equal(
            [
                ("spBv1.0/STATE/hub", 1), ("spBv1.0/plant-a/DCMD/gateway-1/flow", 1),
                ("spBv1.0/plant-a/DCMD/gateway-1/gas", 1), ("spBv1.0/plant-a/NCMD/gateway-1", 1),
            ],
            filters.OrderBy(it => it.Filter, StringComparer.Ordinal));
    }

    [Fact]
    [Tck("message-flow-edge-node-birth-publish-connect", "principles-birth-certificates-order",
        "message-flow-device-birth-publish-nbirth-wait", "payloads-dbirth-order",
        "payloads-{ndata,ddata}-order")]
    public void Births_come_first_in_a_session_the_nodes_before_those_of_its_devices() =>
        Assert.All(life.Sessions.Where(it => it.Said.Count > 1), session => Assert.Equal(
            ["NBIRTH", "DBIRTH gas", "DBIRTH flow"],
            session.Said.Take(3).Select(it => it.ToString())));

    [Fact]
    [Tck("topics-nbirth-mqtt", "payloads-nbirth-qos", "payloads-nbirth-retain",
        "message-flow-edge-node-birth-publish-nbirth-{qos,retained,payload,payload-seq}",
        "topics-dbirth-mqtt", "payloads-dbirth-{qos,retain}",
        "message-flow-device-birth-publish-dbirth-{payload,qos,retained,payload-seq}",
        "topics-{ndata,ddata}-mqtt", "payloads-{ndata,ddata}-{qos,retain}",
        "topics-ddeath-mqtt")]
    public void All_is_published_with_quality_0_and_not_retained() =>
        Assert.All(life.EdgeSaid, it => Assert.Equal((0, false), (it.Qos, it.IsRetained)));

    [Fact]
    [Tck("topics-nbirth-seq-num", "payloads-nbirth-seq", "payloads-sequence-num-req-nbirth",
        "topics-dbirth-seq", "payloads-dbirth-seq", "payloads-dbirth-seq-inc",
        "topics-{ndata,ddata}-seq-num", "payloads-{ndata,ddata}-{seq,seq-inc}",
        "payloads-sequence-num-always-included", "payloads-sequence-num-incrementing",
        "topics-ddeath-seq-num", "payloads-ddeath-{seq,seq-inc,seq-number}")]
    public void Sequence_numbers_begin_at_0_with_each_birth_and_leave_none_out()
    {
        var expected = 0UL;
        foreach (var message in life.EdgeSaid.Where(it => it.Type != "NDEATH"))
        {
            expected = message.Type == "NBIRTH" ? 0 : (expected + 1) % 256;
            Assert.Equal(expected, message.Payload.Seq);
        }
    }

    [Fact]
    [Tck("topics-{nbirth,dbirth,ndata,ddata}-timestamp",
        "payloads-{nbirth,dbirth,ndata,ddata,ddeath}-timestamp", "payloads-timestamp-in-UTC",
        "payloads-metric-timestamp-in-UTC", "payloads-name-birth-data-requirement")]
    public void Payloads_and_metrics_carry_the_time_in_utc_milliseconds()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.All(life.EdgeSaid, message =>
        {
            Assert.InRange(message.Payload.TimestampMs!.Value, now - 600_000, now);
            Assert.All(message.Payload.Metrics, metric => Assert.InRange(
                metric.TimestampMs!.Value, now - 600_000, now + 60_000));
        });
    }

    [Fact]
    [Tck("topics-nbirth-metric-reqs", "topics-nbirth-metrics", "topics-dbirth-metric-reqs",
        "topics-dbirth-metrics", "operational-behavior-data-publish-{nbirth,dbirth}",
        "operational-behavior-data-publish-{nbirth,dbirth}-values",
        "payloads-metric-datatype-{value-type,value,req}", "payloads-name-requirement")]
    public void Births_declare_each_metric_with_name_type_and_value_or_null()
    {
        Assert.All(Births(life.EdgeSaid).SelectMany(it => it.Payload.Metrics), metric =>
        {
            Assert.NotNull(metric.Name);
            Assert.True(Enum.IsDefined(metric.Type!.Value) && metric.Type != DataType.Unknown);
            Assert.Equal(metric.IsNull, metric.Value.Kind == MetricValueKind.None);
        });

        // Whatever is published later was declared by the newest birth of its node or device.
        var declared = new Dictionary<string, HashSet<string>>();
        foreach (var message in life.EdgeSaid)
        {
            if (message.Type is "NBIRTH" or "DBIRTH")
            {
                declared[message.Device ?? ""] =
                    [.. message.Payload.Metrics.Select(metric => metric.Name!)];
            }
            else if (message.Type is "NDATA" or "DDATA")
            {
                Assert.All(message.Payload.Metrics, metric => Assert.Contains(
                    metric.Name!, declared[message.Device ?? ""]));
            }
        }
    }

    [Fact]
    [Tck("topics-nbirth-rebirth-metric", "payloads-nbirth-rebirth-req",
        "operational-behavior-data-commands-rebirth-{name,datatype,value}",
        "operational-behavior-data-commands-rebirth-name-aliases")]
    public void Each_birth_of_the_node_offers_the_rebirth_by_its_name() =>
        Assert.All(All("NBIRTH"), birth =>
        {
            var metric = birth.Payload.Find("Node Control/Rebirth")!;
            Assert.Equal(DataType.Boolean, metric.Type);
            Assert.Equal((MetricValueKind.Boolean, 0UL), (metric.Value.Kind, metric.Value.Bits));
            Assert.Null(metric.Alias);
        });

    [Fact]
    [Tck("payloads-metric-datatype-not-req", "operational-behavior-data-publish-nbirth-order",
        "operational-behavior-data-publish-dbirth-order", "topics-{ndata,ddata}-payload")]
    public void Fresh_data_leave_the_types_to_the_birth_and_are_in_order_of_time()
    {
        var fresh = All("DDATA")
            .Where(it => !it.Payload.Metrics[0].IsHistorical).ToList();
        Assert.NotEmpty(fresh);
        Assert.All(fresh.SelectMany(it => it.Payload.Metrics), it => Assert.Null(it.Type));
        foreach (var device in fresh.GroupBy(it => it.Device))
        {
            var times = device.Select(it => it.Payload.Metrics[0].TimestampMs!.Value).ToList();
            Assert.Equal(times.Order(), times);
        }
    }

    [Fact]
    [Tck("payloads-propertyset-{keys,values}-array-size",
        "payloads-metric-propertyvalue-type-{type,value,req}",
        "payloads-propertyset-quality-value-{type,value}")]
    public void Quality_and_reason_are_typed_properties_and_good_is_left_out()
    {
        var metrics = All("DDATA").SelectMany(it => it.Payload.Metrics).ToList();
        var doubtful = metrics.First(it => it.Find("Reason")?.Value.Text == "warm-up");
        Assert.Equal(
            [("Quality", DataType.Int32), ("Reason", DataType.String)],
            doubtful.Properties.Select(property => (property.Key, property.Type)));
        Assert.Equal(64, doubtful.Find("Quality")!.Value.Value.AsLong());
        Assert.Equal(MetricValueKind.Int, doubtful.Find("Quality")!.Value.Value.Kind);
        Assert.Contains(metrics, it => it.Name == "nox" && it.Properties.IsEmpty);
        Assert.Contains(
            metrics, it => it.IsNull && it.Find("Quality")!.Value.Value.AsLong() == 0);
    }

    [Fact]
    [Tck("operational-behavior-device-ddeath")]
    public void A_device_whose_link_is_lost_dies_and_is_born_again_before_its_next_value()
    {
        var flow = life.EdgeSaid.Where(it => it.Device == "flow").Select(it => it.Type).ToList();
        var death = flow.IndexOf("DDEATH");
        Assert.Equal(["DDATA", "DDEATH", "DBIRTH", "DDATA"], flow[(death - 1)..(death + 3)]);
    }

    [Fact]
    [Tck("operational-behavior-data-commands-rebirth-action-{1,2}")]
    public void A_rebirth_is_answered_by_all_births_with_no_data_between()
    {
        var said = life.Sessions[0].Said.Select(it => it.ToString()).ToList();
        var second = said.LastIndexOf("NBIRTH");
        Assert.Equal(
            ["NBIRTH", "DBIRTH gas", "DBIRTH flow", "DDATA gas"], said[second..(second + 4)]);
    }

    [Fact]
    [Tck("message-flow-edge-node-birth-publish-phid-{wait,wait-id,wait-online,wait-timestamp}",
        "operational-behavior-edge-node-birth-sequence-wait", "conformance-primary-host")]
    public void No_birth_before_the_hub_itself_says_that_it_is_online()
    {
        var online = life.Packets.OfType<Packet.Publish>()
            .First(it => it.Client == EdgeLife.Hub && it.Message.Type == "STATE");
        var first = life.Packets.OfType<Packet.Publish>()
            .First(it => it.Client == EdgeLife.Edge);
        Assert.True(life.BeforeHub <= online.Number);
        Assert.True(first.Number > online.Number);
        Assert.Equal("NBIRTH", first.Message.Type);
    }

    [Fact]
    [Tck("message-flow-edge-node-birth-publish-phid-offline",
        "operational-behavior-edge-node-termination-host-offline",
        "operational-behavior-edge-node-termination-host-offline-{reconnect,timestamp}",
        "operational-behavior-edge-node-intentional-disconnect-{ndeath,packet}",
        "payloads-ndeath-will-message-publisher",
        "payloads-ndeath-will-message-publisher-disconnect-mqtt50")]
    public void An_offline_hub_is_left_with_a_death_and_a_disconnect_but_not_for_an_old_state()
    {
        // One session survived an offline state of long ago; the one of now ended it.
        var ends = life.Packets.OfType<Packet.Disconnect>()
            .Where(it => it.Client == EdgeLife.Edge && it.Number < life.AfterHub).ToList();
        Assert.Equal(2, ends.Count);
        Assert.All(ends, end =>
        {
            Assert.Equal(4, end.Reason);
            var before = life.Packets.OfType<Packet.Publish>()
                .Last(it => it.Client == EdgeLife.Edge && it.Number < end.Number);
            Assert.Equal("NDEATH", before.Message.Type);
        });
        Assert.True(life.Sessions.Count >= 3);
    }

    [Fact]
    [Tck("intro-{group-id,edge-node-id,device-id}-string",
        "intro-{group-id,edge-node-id,device-id}-chars",
        "topic-structure-namespace-valid-{group-id,edge-node-id,device-id}",
        "case-sensitivity-sparkplug-ids", "case-sensitivity-metric-names")]
    public void Names_are_identifiers_that_fit_in_one_level_and_differ_in_more_than_case()
    {
        foreach (var bad in (string[])["", "a/b", "a+", "#", "Gas", "gäs", new('a', 41)])
        {
            Assert.False(Identifier.IsValid(bad));
        }

        var names = life.EdgeSaid.SelectMany(it => it.Payload.Metrics).Select(it => it.Name!)
            .Distinct().ToList();
        Assert.Equal(
            names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    [Tck("payloads-nbirth-edge-node-descriptor", "intro-edge-node-id-uniqueness",
        "topic-structure-namespace-unique-edge-node-descriptor",
        "topic-structure-namespace-unique-device-id",
        "topic-structure-namespace-duplicate-device-id-across-edge-node")]
    public void Two_agents_of_one_name_are_found_out_and_a_device_name_may_come_twice()
    {
        var session = new Core.Ingest.GatewaySession(_ => Core.Ingest.GatewayPosition.Unseen);
        foreach (var epoch in (char[])['a', 'b', 'a'])
        {
            Assert.False(session.HasTwin);
            session.Take(
                new SparkplugTopic("plant-a", MessageType.NBirth, "gateway-1", null),
                EdgeMessages.NodeBirth(0, new JournalState(new(epoch, 32), 1, 0, 0, 0), 0), 0);
        }

        Assert.True(session.HasTwin);
        Assert.NotEqual(
            new Server.Storage.DeviceId(new("plant-a", "gateway-1"), "gas"),
            new Server.Storage.DeviceId(new("plant-a", "gateway-2"), "gas"));
    }

    [Fact]
    [Tck("principles-rbe-recommended", "operational-behavior-data-publish-{nbirth,dbirth}-change")]
    public void Node_metrics_are_published_only_when_there_is_something_new() =>
        Assert.Single(All("NDATA"));
}
