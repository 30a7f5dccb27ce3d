### Why something did not succeed: sentences for the codes of the core.

reason-refused = { $panel }: отказ в соединении
reason-timeout = { $panel }: нет ответа вовремя
reason-dns = { $panel }: у имени нет адреса
reason-tls = { $panel }: сертификат недействителен
reason-no-route = { $panel }: в сети нет пути
reason-cut = { $panel }: соединение оборвано
reason-gateway = { $panel }: прокси перед ней её не достиг
reason-busy = { $panel }: просит зайти позже
reason-unknown-subscription = { $panel }: не знает этот id подписки
reason-not-a-subscription = { $panel }: ответ не похож на подписку
reason-wrong-password = { $panel }: логин и пароль или токен отклонены
reason-locked-out = { $panel }: прежний пароль больше не принят
reason-too-large = { $panel }: слишком большой ответ
reason-status = { $panel }: ответ с ошибкой
reason-panel-unusable = { $panel }: в базе бота нет годного адреса
reason-panel-left-out = { $panel }: исключена защитой: слишком многие потеряли бы ссылки
reason-not-asked = { $panel }: только что привязана, обновите ещё раз
reason-would-lose-links = пропало бы слишком много ссылок
reason-not-found = в базе бота больше нет такой покупки
reason-no-subscription-id = нет id подписки
reason-not-active = бот её выключил
reason-no-panel = нет ни панели, ни профиля с панелями
reason-guard = защита остановила обновление
reason-cancelled = отменил оператор
reason-internal = ошибка ядра: подробности в его журнале
