using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MQTTnet.AspNetCore;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Monitoring.Wire;

namespace Monitoring.Server.Ingest;

/// <summary>
/// The broker inside the hub: MQTTnet behind a Kestrel listener. It keeps nothing: sessions are
/// clean, and only the commit says that a record is safe.
/// </summary>
public sealed class EmbeddedBroker
{
    /// <summary>Twice what Kestrel reads ahead; no packet that is taken is as large.</summary>
    private const long UnreadBytesMax = 2 << 20;

    private readonly MqttSettings _settings;
    private readonly ILogger<EmbeddedBroker> _log;
    private readonly BrokerUsers? _users;

    public EmbeddedBroker(MqttSettings settings, ILogger<EmbeddedBroker> log)
    {
        _settings = settings;
        _log = log;
        _users = settings.Users;
    }

    /// <summary>Registers the broker. Call <see cref="Listen"/> for its Kestrel endpoint.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddHostedMqttServer(options => options
            .WithoutDefaultEndpoint()
            .WithMaxPendingMessagesPerClient(4_000));
        services.AddMqttConnectionHandler();
        services.AddConnections();
        services.AddSingleton<EmbeddedBroker>();
    }

    public static void Listen(KestrelServerOptions kestrel, System.Net.IPEndPoint endpoint) =>
        kestrel.Listen(endpoint, listener =>
        {
            listener.Use(EndWhenAsked);
            listener.Use(next => BoundedInput.Of(next, UnreadBytesMax));
            listener.UseMqtt();
        });

    /// <summary>Puts the rights in front of the broker. Call it once, before the start.</summary>
    public static void Attach(IServiceProvider services)
    {
        var server = services.GetRequiredService<MqttServer>();
        services.GetRequiredService<EmbeddedBroker>().Attach(server);
    }

    private void Attach(MqttServer server)
    {
        server.ValidatingConnectionAsync += ValidateAsync;
        server.InterceptingPublishAsync += InterceptPublishAsync;
        server.InterceptingSubscriptionAsync += InterceptSubscriptionAsync;
    }

    // Otherwise Kestrel waits at its end for clients that have no reason to leave.
    private static ConnectionDelegate EndWhenAsked(ConnectionDelegate next) => async connection =>
    {
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var asked = lifetime?.ConnectionClosedRequested.Register(connection.Abort);
        await next(connection);
    };

    private Task ValidateAsync(ValidatingConnectionEventArgs connection)
    {
        // Without a user file the broker listens on loopback only, and a name is taken at its word.
        if (_users is not null && !_users.Admits(connection.UserName, connection.Password))
        {
            _log.ConnectionRefused(connection.ClientId, connection.UserName ?? "nobody");
            connection.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
        }

        // A second connection with the hub's client id would end the hub's own.
        if (connection.ClientId == _settings.HostId && connection.UserName != _settings.Username)
        {
            _log.ConnectionRefused(connection.ClientId, connection.UserName ?? "nobody");
            connection.ReasonCode = MqttConnectReasonCode.ClientIdentifierNotValid;
        }

        return Task.CompletedTask;
    }

    private Task InterceptPublishAsync(InterceptingPublishEventArgs publish)
    {
        var message = publish.ApplicationMessage;
        var allowed = message.Payload.Length <= WireLimits.PayloadBytesRefused
            && BrokerRights.MayPublish(
                publish.UserName ?? "", message.Topic, _settings.Username);
        if (!allowed)
        {
            _log.PublishRefused(publish.UserName ?? "nobody", message.Topic);
            publish.ProcessPublish = false;
            publish.Response.ReasonCode = MqttPubAckReasonCode.NotAuthorized;
        }

        // Sparkplug retains nothing but STATE; a retained message is kept for ever.
        message.Retain &= publish.UserName == _settings.Username;

        return Task.CompletedTask;
    }

    private Task InterceptSubscriptionAsync(InterceptingSubscriptionEventArgs subscription)
    {
        var filter = subscription.TopicFilter.Topic;
        if (!BrokerRights.MaySubscribe(
            subscription.UserName ?? "", filter, _settings.Username, _settings.HostId))
        {
            _log.SubscriptionRefused(subscription.UserName ?? "nobody", filter);
            subscription.ProcessSubscription = false;
            subscription.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
        }

        return Task.CompletedTask;
    }
}
