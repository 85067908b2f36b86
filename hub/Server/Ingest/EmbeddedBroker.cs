using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MQTTnet.AspNetCore;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Monitoring.Wire;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>Where the broker puts what gateways say.</summary>
public delegate void TakePayload(ReceivedPayload payload);

/// <summary>
/// The broker inside the hub: MQTTnet behind a Kestrel listener. It keeps nothing: sessions are
/// clean, and only the commit says that a record is safe. What gateways say goes to the hub before
/// the broker would look for subscribers: with a thousand sessions that look costs more than all
/// the rest, and nobody else may listen.
/// </summary>
public sealed class EmbeddedBroker
{
    private readonly MqttSettings _settings;
    private readonly TakePayload _take;
    private readonly BrokerRefusals _refusals;
    private readonly TimeProvider _time;
    private readonly BrokerUsers? _users;

    // By client id and topic; each entry ends with its session.
    private readonly ConcurrentDictionary<string, string> _sessions = new();
    private readonly ConcurrentDictionary<string, byte> _listeners = new();
    private readonly ConcurrentDictionary<string, MqttSessionStatus?> _commanded = new();
    private int _connections;

    public EmbeddedBroker(
        MqttSettings settings, TakePayload take, BrokerRefusals refusals, TimeProvider time)
    {
        _settings = settings;
        _take = take;
        _refusals = refusals;
        _time = time;
        _users = settings.Users;
    }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Somebody but the hub listens to what gateways say, under the hub's name.</summary>
    public bool HasListeners => !_listeners.IsEmpty;

    /// <summary>Registers the broker. Call <see cref="Listen"/> for its Kestrel endpoint.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddHostedMqttServer(options => options
            .WithoutDefaultEndpoint()
            .WithMaxPendingMessagesPerClient(4_000));
        services.AddMqttConnectionHandler();
        services.AddConnections();
        services.AddSingleton<BrokerRefusals>();
        services.AddSingleton<EmbeddedBroker>();
        services.AddSingleton<EmbeddedHost>();
        services.AddSingleton<IHostLink>(provider => provider.GetRequiredService<EmbeddedHost>());
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedHost>());
    }

    public static void Listen(KestrelServerOptions kestrel, System.Net.IPEndPoint endpoint) =>
        kestrel.Listen(endpoint, listener =>
        {
            var broker = listener.ApplicationServices.GetRequiredService<EmbeddedBroker>();
            listener.Use(EndWhenAsked);
            listener.Use(broker.Counted);
            listener.Use(next => BoundedInput.Of(
                next, what => broker._refusals.Add(RefusalKind.TooLarge, null, what)));
            listener.UseMqtt();
        });

    /// <summary>Puts the rights in front of the broker. Call it once, before the start.</summary>
    public static void Attach(IServiceProvider services)
    {
        var server = services.GetRequiredService<MqttServer>();
        services.GetRequiredService<EmbeddedBroker>().Attach(server);
    }

    /// <summary>The session that subscribes to a topic of commands; null where none does.</summary>
    public MqttSessionStatus? ListenerTo(string topic) => _commanded.GetValueOrDefault(topic);

    private void Attach(MqttServer server)
    {
        server.ValidatingConnectionAsync += ValidateAsync;
        server.InterceptingPublishAsync += InterceptPublishAsync;
        server.InterceptingSubscriptionAsync += InterceptSubscriptionAsync;
        server.ClientDisconnectedAsync += ForgetAsync;
    }

    // Otherwise Kestrel waits at its end for clients that have no reason to leave.
    private static ConnectionDelegate EndWhenAsked(ConnectionDelegate next) => async connection =>
    {
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var asked = lifetime?.ConnectionClosedRequested.Register(connection.Abort);
        await next(connection);
    };

    private ConnectionDelegate Counted(ConnectionDelegate next) => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _connections) > BrokerLimits.ConnectionsMax)
            {
                _refusals.Add(
                    RefusalKind.TooManyConnections, null, $"{connection.RemoteEndPoint}");
                return;
            }

            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    };

    private Task ValidateAsync(ValidatingConnectionEventArgs connection)
    {
        var (user, client) = (connection.UserName ?? "", connection.ClientId);

        // Without a user file the broker listens on loopback only, and a name is taken at its word.
        if (_users is not null && !_users.Admits(connection.UserName, connection.Password))
        {
            Refuse(
                connection, RefusalKind.UnknownUser, MqttConnectReasonCode.BadUserNameOrPassword);
        }
        else if (client == _settings.HostId && user != _settings.Username)
        {
            // A second connection with the hub's client id would end the hub's own.
            Refuse(
                connection, RefusalKind.ForeignClientId,
                MqttConnectReasonCode.ClientIdentifierNotValid);
        }
        else if (_sessions.TryGetValue(client, out var owner) && owner != user)
        {
            // And one with another gateway's would end that one's.
            Refuse(
                connection, RefusalKind.ForeignClientId,
                MqttConnectReasonCode.ClientIdentifierNotValid);
        }
        else if (user != _settings.Username && SessionsOf(user, client)
            >= BrokerLimits.SessionsPerIdentityMax)
        {
            Refuse(connection, RefusalKind.TooManySessions, MqttConnectReasonCode.QuotaExceeded);
        }
        else
        {
            _sessions[client] = user;
        }

        return Task.CompletedTask;
    }

    private int SessionsOf(string user, string client) =>
        _sessions.Count(session => session.Value == user && session.Key != client);

    private void Refuse(
        ValidatingConnectionEventArgs connection, RefusalKind kind, MqttConnectReasonCode code)
    {
        _refusals.Add(kind, connection.UserName, $"connection of '{connection.ClientId}'");
        connection.ReasonCode = code;
    }

    private Task ForgetAsync(ClientDisconnectedEventArgs gone)
    {
        if (gone.DisconnectType != MqttClientDisconnectType.Takeover)
        {
            _sessions.TryRemove(gone.ClientId, out _);
            _listeners.TryRemove(gone.ClientId, out _);
            foreach (var (topic, session) in _commanded)
            {
                if (session?.Id == gone.ClientId)
                {
                    _commanded.TryRemove(topic, out _);
                }
            }
        }

        return Task.CompletedTask;
    }

    private Task InterceptPublishAsync(InterceptingPublishEventArgs publish)
    {
        var message = publish.ApplicationMessage;
        var user = publish.UserName ?? "";
        if (RefusalOf(publish, user) is { } refusal)
        {
            _refusals.Add(refusal, user, $"message to '{message.Topic}'");
            publish.ProcessPublish = false;
            publish.Response.ReasonCode = refusal == RefusalKind.TooFast
                ? MqttPubAckReasonCode.QuotaExceeded
                : MqttPubAckReasonCode.NotAuthorized;
            return Task.CompletedTask;
        }

        // Sparkplug retains nothing but STATE; a retained message is kept for ever.
        message.Retain &= user == _settings.Username;
        if (SparkplugTopic.Parse(message.Topic)?.Type is { } type
            && type is not (MessageType.NCmd or MessageType.DCmd))
        {
            _take(new ReceivedPayload(
                message.Topic, message.Payload.ToArray(),
                _time.GetUtcNow().ToUnixTimeMilliseconds()));
            publish.ProcessPublish = HasListeners;
        }

        return Task.CompletedTask;
    }

    private RefusalKind? RefusalOf(InterceptingPublishEventArgs publish, string user)
    {
        var message = publish.ApplicationMessage;
        if (!BrokerRights.MayPublish(user, message.Topic, _settings.Username))
        {
            return RefusalKind.NotAllowedToPublish;
        }

        if (message.Payload.Length > WireLimits.PayloadBytesRefused)
        {
            return RefusalKind.TooLarge;
        }

        if (user == _settings.Username)
        {
            return null;
        }

        var rate = publish.SessionItems[nameof(MessageRate)] as MessageRate;
        if (rate is null)
        {
            rate = new MessageRate(_time, BrokerLimits.MessagesPerSecondMax);
            publish.SessionItems[nameof(MessageRate)] = rate;
        }

        return rate.Allows() ? null : RefusalKind.TooFast;
    }

    private Task InterceptSubscriptionAsync(InterceptingSubscriptionEventArgs subscription)
    {
        var (user, filter) = (subscription.UserName ?? "", subscription.TopicFilter.Topic);
        if (!BrokerRights.MaySubscribe(user, filter, _settings.Username, _settings.HostId))
        {
            _refusals.Add(
                RefusalKind.NotAllowedToSubscribe, user, $"subscription to '{filter}'");
            subscription.ProcessSubscription = false;
            subscription.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
        }
        else if (user == _settings.Username)
        {
            _listeners[subscription.ClientId] = 0;
        }
        else if (filter != SparkplugTopic.StateOf(_settings.HostId))
        {
            // Two that listen are both served, the long way round.
            _commanded.AddOrUpdate(
                filter, subscription.Session,
                (_, other) => other?.Id == subscription.ClientId ? subscription.Session : null);
        }

        return Task.CompletedTask;
    }
}
